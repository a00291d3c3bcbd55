import ClewStore
import ClewStoreTesting
import Testing

@Suite("the embedded store passes the compatibility kit")
struct EmbeddedStoreKitTests {
    @Test("with its default bounds", arguments: TelemetryStoreKit.Check.allCases)
    func defaults(_ check: TelemetryStoreKit.Check) async throws {
        let directory = try TemporaryDirectory()
        try await TelemetryStoreKit.run(check, seed: 1) { try EmbeddedStore(directory: directory($0)) }
    }

    @Test(
        "with few columns, two open files, one shard, hardly any cache, and a flush all the time",
        arguments: TelemetryStoreKit.Check.allCases)
    func tight(_ check: TelemetryStoreKit.Check) async throws {
        let directory = try TemporaryDirectory()
        var options = EmbeddedStore.Options()
        options.maximumAttributeKeys = 3
        options.maximumOpenPartitions = 2
        options.fingerprintCacheBytes = 500
        options.shards = 1
        options.segmentRows = 20
        let tight = options
        try await TelemetryStoreKit.run(check, seed: 2) { try EmbeddedStore(directory: directory($0), options: tight) }
    }
}
