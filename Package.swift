// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "clew",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Clew", targets: ["Clew"]),
        .library(name: "ClewHummingbird", targets: ["ClewHummingbird"]),
        .library(name: "ClewHTTPClient", targets: ["ClewHTTPClient"]),
        .library(name: "ClewGRPC", targets: ["ClewGRPC"]),
        .library(name: "ClewTesting", targets: ["ClewTesting"]),
        .library(name: "ClewConformance", targets: ["ClewConformance"]),
        .library(name: "ClewPatterns", targets: ["ClewPatterns"]),
        .library(name: "ClewDurablePatterns", targets: ["ClewDurablePatterns"]),
        .library(name: "ClewModel", targets: ["ClewModel"]),
        .library(name: "ClewWire", targets: ["ClewWire"]),
        .library(name: "ClewAnalysis", targets: ["ClewAnalysis"]),
        .library(name: "ClewStore", targets: ["ClewStore"]),
        .executable(name: "clew", targets: ["clew-cli"]),
        .executable(name: "clewd", targets: ["clewd"]),
        .executable(name: "clew-shop", targets: ["clew-shop"]),
    ],
    traits: [
        .trait(name: "RabbitMQ", description: "clew-shop can use a RabbitMQ server as its broker; needs librabbitmq")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: ["JSON", "YAML"]),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-service-context.git", from: "1.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.0"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Sources
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CRabbitMQ",
            path: "Sources/CRabbitMQ",
            pkgConfig: "librabbitmq",
            providers: [.apt(["librabbitmq-dev"]), .brew(["rabbitmq-c"])]
        ),
        .target(name: "ClewModel"),
        .target(name: "ClewWire", dependencies: ["ClewModel", "CZlib"]),
        .target(name: "ClewAnalysis", dependencies: ["ClewModel"]),
        .target(
            name: "ClewPatterns",
            dependencies: [
                "Clew", "ClewModel",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        // Apart from the others, so that whoever wants a circuit breaker does not build a database.
        .target(
            name: "ClewDurablePatterns",
            dependencies: [
                "Clew", "ClewModel", "ClewPatterns",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .target(
            name: "ClewDemoShop",
            dependencies: [
                "Clew", "ClewDurablePatterns", "ClewHummingbird", "ClewHTTPClient", "ClewModel", "ClewPatterns",
                .target(name: "CRabbitMQ", condition: .when(traits: ["RabbitMQ"])),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "clew-shop",
            dependencies: [
                "ClewAnalysis", "ClewDemoShop", "ClewModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "clew-cli",
            dependencies: [
                "ClewAnalysis", "ClewDashboards", "ClewModel", "ClewWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/clew"
        ),

        // Instrumentation
        .target(
            name: "Clew",
            dependencies: [
                "ClewModel", "ClewWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceContextModule", package: "swift-service-context"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: "Instrumentation/Clew"
        ),
        .target(
            name: "ClewHummingbird",
            dependencies: [
                "Clew", "ClewModel",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: "Instrumentation/ClewHummingbird"
        ),
        .target(
            name: "ClewHTTPClient",
            dependencies: [
                "Clew", "ClewModel",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: "Instrumentation/ClewHTTPClient"
        ),
        // The only target of the library that builds gRPC.
        .target(
            name: "ClewGRPC",
            dependencies: [
                "Clew", "ClewModel",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: "Instrumentation/ClewGRPC"
        ),
        .target(
            name: "ClewFakeCollector",
            dependencies: [
                "ClewModel", "ClewWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Instrumentation/ClewFakeCollector"
        ),
        .target(
            name: "ClewTesting",
            dependencies: [
                "Clew", "ClewFakeCollector", "ClewModel",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Instrumentation/ClewTesting"
        ),
        .target(
            name: "ClewConformance",
            dependencies: [
                "ClewFakeCollector", "ClewModel",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: "Instrumentation/ClewConformance"
        ),

        // Examples: built and tested with everything else, no products.
        .executableTarget(
            name: "ExampleHello",
            dependencies: [
                "Clew", "ClewHTTPClient", "ClewHummingbird",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Instrumentation/Examples/Hello"
        ),
        .executableTarget(
            name: "ExampleWorker",
            dependencies: [
                "Clew",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Instrumentation/Examples/Worker"
        ),
        .testTarget(
            name: "ExampleHelloTests",
            dependencies: [
                "Clew", "ClewModel", "ClewTesting", "ExampleHello",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Instrumentation/Examples/HelloTests"
        ),

        // Collector
        .target(
            name: "ClewStore",
            dependencies: [
                "ClewModel", "ClewWire",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Collector/ClewStore"
        ),
        .target(
            name: "ClewQuery",
            dependencies: ["ClewAnalysis", "ClewModel", "ClewStore"],
            path: "Collector/ClewQuery"
        ),
        .target(
            name: "ClewPipeline",
            dependencies: ["ClewModel", "ClewStore", "ClewWire"],
            path: "Collector/ClewPipeline"
        ),
        .target(
            name: "ClewReceivers",
            dependencies: [
                "ClewModel", "ClewPipeline", "ClewStore", "ClewWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Collector/ClewReceivers"
        ),
        .target(
            name: "ClewAPI",
            dependencies: [
                "ClewAnalysis", "ClewModel", "ClewPipeline", "ClewQuery", "ClewStore", "ClewWire",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Collector/ClewAPI"
        ),
        .executableTarget(
            name: "clewd",
            dependencies: [
                "ClewAPI", "ClewModel", "ClewPipeline", "ClewQuery", "ClewReceivers", "ClewStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Collector/clewd"
        ),

        // Dashboards
        .target(
            name: "ClewDashboards",
            dependencies: [
                "ClewAnalysis", "ClewModel",
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Dashboards",
            exclude: ["Exports"],
            sources: ["ClewDashboards"],
            resources: [.embedInCode("Definitions")]
        ),

        .target(
            name: "ClewStoreTesting",
            dependencies: ["ClewModel", "ClewStore", "ClewWire"],
            path: "Collector/ClewStoreTesting"
        ),

        // Tests
        .testTarget(name: "ClewModelTests", dependencies: ["ClewModel"]),
        .testTarget(name: "ClewWireTests", dependencies: ["ClewModel", "ClewWire"], resources: [.copy("Corpus")]),
        .testTarget(name: "ClewAnalysisTests", dependencies: ["ClewAnalysis", "ClewDashboards", "ClewModel"]),
        .testTarget(name: "ClewDashboardsTests", dependencies: ["ClewAnalysis", "ClewDashboards", "ClewModel"]),
        .testTarget(
            name: "ClewStoreTests",
            dependencies: [
                "ClewModel", "ClewStore", "ClewStoreTesting", "ClewWire",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "ClewCollectorTests",
            dependencies: [
                "ClewAPI", "ClewAnalysis", "ClewModel", "ClewPipeline", "ClewQuery", "ClewReceivers", "ClewStore",
                "ClewWire", "clewd",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "ClewCLITests",
            dependencies: [
                "clew-cli", "ClewAnalysis", "ClewModel", "ClewWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ClewDemoShopTests",
            dependencies: [
                "Clew", "ClewDemoShop", "ClewDurablePatterns", "ClewHTTPClient", "ClewModel", "ClewPatterns",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "ClewTests",
            dependencies: [
                "Clew", "ClewConformance", "ClewHTTPClient", "ClewHummingbird", "ClewModel", "ClewTesting", "ClewWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "ClewPatternsTests",
            dependencies: [
                "Clew", "ClewModel", "ClewPatterns", "ClewTesting",
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "ClewDurablePatternsTests",
            dependencies: [
                "Clew", "ClewDurablePatterns", "ClewModel", "ClewPatterns", "ClewTesting",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "ClewGRPCTests",
            dependencies: [
                "Clew", "ClewGRPC", "ClewModel", "ClewTesting",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "Integration",
            dependencies: [
                "clew-cli", "clew-shop", "clewd", "ClewDemoShop", "ClewModel", "ClewWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Harness/FaultFS", "Journeys", "Python", "requirements.txt"]
        ),
    ]
)

// Warnings stay warnings where people work, and stop a change where it is checked.
let isChecked = Context.environment["CI"] != nil

for target in package.targets where target.type != .system {
    target.swiftSettings =
        [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .strictMemorySafety(),
        ] + (isChecked ? [.treatAllWarnings(as: .error)] : [])
}
