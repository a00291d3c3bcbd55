import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import Testing

@Suite("many small commits")
struct CompactionTests {
    @Test("become few blocks, and who reads meanwhile sees every row once")
    func bounded() async throws {
        let directory = try TemporaryDirectory()
        var options = EmbeddedStore.Options()
        options.segmentRows = 10
        options.flushIdle = .zero
        options.onDamage = { Issue.record("\($0)") }
        let sent = SentSpans()
        var store = try EmbeddedStore(directory: directory("data"), options: options)
        try await withThrowingTaskGroup(of: Void.self) { [store] group in
            group.addTask {
                var random = RandomRecords(seed: 3)
                for round in 0..<250 {
                    let start = RandomRecords.defaultTime.lowerBound + UInt64(round) * 1000
                    try await sent.send(random.spans(10, from: start), to: store)
                }
            }
            group.addTask {
                repeat {
                    try await Self.expectOnce(sent, store)
                } while sent.acknowledged.count < 2500
            }
            try await group.waitForAll()
        }
        // Fewer than 8 of each size: up to 7, 63, 511 and 4095 rows.
        try await eventually("few blocks") { () async throws -> Bool in
            try await Self.expectOnce(sent, store)
            let status = try await store.status()
            return status.journalRecords == 0 && status.blocks <= 4 * 7
        }
        for _ in 0..<2 {
            let found = try await store.spans(SpanQuery(limit: .max)).map(\.spanID)
            #expect(found.count == 2500 && Set(found) == sent.acknowledged)
            await store.close()
            #expect(try EmbeddedStore.verify(directory: directory("data")) { Issue.record("\($0)") }.spans == 2500)
            store = try EmbeddedStore(directory: directory("data"), options: options)
        }
        await store.close()
    }

    private static func expectOnce(_ sent: SentSpans, _ store: EmbeddedStore) async throws {
        let before = sent.acknowledged
        let found = try await store.spans(SpanQuery(limit: .max)).map(\.spanID)
        let distinct = Set(found)
        let twice = found.count - distinct.count
        #expect(twice == 0, "\(twice) are there twice")
        let missing = before.subtracting(distinct).count
        #expect(missing == 0, "\(missing) are missing")
    }
}
