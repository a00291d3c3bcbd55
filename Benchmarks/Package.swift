// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "clew-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "clew", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark.git", from: "1.38.0", traits: []),
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
        )
    ]
)
