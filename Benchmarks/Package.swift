// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "clew-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "clew", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark.git", from: "1.38.0", traits: []),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "ClewBenchmarks",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "ClewAnalysis", package: "clew"),
                .product(name: "ClewModel", package: "clew"),
                .product(name: "ClewStore", package: "clew"),
                .product(name: "ClewWire", package: "clew"),
            ],
            path: "Benchmarks/ClewBenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "LibraryCost",
            dependencies: [
                .product(name: "Clew", package: "clew"),
                .product(name: "ClewModel", package: "clew"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            path: "Benchmarks/LibraryCost"
        ),
    ]
)
