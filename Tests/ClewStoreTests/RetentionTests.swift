import ClewModel
import ClewStoreTesting
import ClewWire
import Foundation
import Testing

@testable import ClewStore

@Suite("what a store removes by itself")
struct RetentionTests {
    private let directory: TemporaryDirectory
    private let clock = TestClock(20_000 * TestClock.day + TestClock.day / 2)
    private var options = EmbeddedStore.Options()

    init() throws {
        directory = try TemporaryDirectory()
        options.now = { [clock] in clock.now }
    }

    private func open(_ change: (inout EmbeddedStore.Options) -> Void) throws -> EmbeddedStore {
        var options = options
        options.onDamage = { Issue.record("\($0)") }
        change(&options)
        return try EmbeddedStore(directory: directory("data"), options: options)
    }

    /// For each of the last days, today first, some spans.
    private func days(_ count: UInt64, of spans: Int) -> [[Span]] {
        var random = RandomRecords(seed: count)
        return (0..<count).map { random.spans(spans, from: clock.now - $0 * TestClock.day) }
    }

    private func size(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }

    @Test("days expire, their files go, the disk comes back, and what is older is refused with a reason")
    func expiry() async throws {
        let days = days(6, of: 500)
        var store = try open { $0.retention = .seconds(3 * 86_400) }
        let result = try await store.append(.traces, OTLP.encode(days.flatMap { $0 }))
        #expect(result.stored == 4 * 500 && result.rejected == [RejectionReason.tooOld.rawValue: 2 * 500])
        await store.close()
        #expect(try directory.partitions(of: "data").count == 4)

        store = try open { $0.retention = .seconds(3 * 86_400) }
        let before = try await store.status()
        #expect(before.spans == 2000 && before.removedDays == 0)
        clock.advance(days: 2)
        try await eventually("two days expire") { try await store.status().removedDays == 2 }
        let after = try await store.status()
        #expect(after.spans == 1000 && after.removedRecords == 1000)
        #expect(after.bytesOnDisk < before.bytesOnDisk)
        #expect(after.oldest == days[1].map(\.start).min())
        for _ in 0..<2 {
            #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(days[0] + days[1]))
            let late = try await store.append(.traces, OTLP.encode(days[2]))
            #expect(late.stored == 0 && late.rejected == [RejectionReason.tooOld.rawValue: 500])
            await store.close()
            let names = try FileManager.default.contentsOfDirectory(atPath: directory("data/partitions"))
            #expect(names.allSatisfy { $0.hasPrefix("2024-10-03.") || $0.hasPrefix("2024-10-04.") }, "\(names)")
            store = try open { $0.retention = .seconds(3 * 86_400) }
        }
        await store.close()
    }

    @Test("past the limit of disk the oldest days go, while who reads them goes on")
    func oldestDays() async throws {
        let days = days(5, of: 2000)
        var store = try open { _ in }
        _ = try await store.append(.traces, OTLP.encode(days.flatMap { $0 }))
        await store.close()
        store = try open { _ in }
        let oldest = try #require(try store.partitions.existing(PartitionDay(of: days[4][0].start)))
        let held = oldest.snapshot()
        let bytes = try await store.status().bytesOnDisk
        await store.close()

        let limit = bytes * 3 / 5
        store = try open { $0.maximumBytes = limit }
        try await eventually("the directory is small enough") { try await store.status().bytesOnDisk <= limit }
        let status = try await store.status()
        #expect(status.removedDays >= 2 && status.removedDays < 5)
        let left = days.prefix(5 - status.removedDays).flatMap { $0 }
        #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(left))
        #expect(try await store.trace(days[4][0].traceID) == [])
        for block in held.blocks { try BlockReader(block.header, held.source(of: block)).check() }
        // A day that went may come back.
        #expect(try await store.append(.traces, OTLP.encode(days[4])).stored == 2000)
        await store.close()
    }

    @Test("where one day is left its oldest blocks go, and their space is used again")
    func oldestBlocks() async throws {
        let limit = 1_000_000
        var random = RandomRecords(seed: 9)
        func open() throws -> EmbeddedStore {
            try self.open { options in
                options.maximumBytes = limit
                options.segmentRows = 500
                options.flushIdle = .zero
            }
        }
        var store = try open()
        let sent = SentSpans()
        var parts: [[Span]] = []
        let day = PartitionDay(of: clock.now)
        var largest = 0
        for round in 0..<40 {
            parts.append(random.spans(500, from: clock.now + UInt64(round) * 1000))
            try await sent.send(parts[round], to: store)
            guard round % 4 == 3 else { continue }
            try await eventually("there is room again") {
                let status = try await store.status()
                guard status.journalRecords == 0, let partition = try store.partitions.existing(day) else {
                    return false
                }
                return status.bytesOnDisk - partition.freeBytes <= limit
            }
            let found = try await store.spans(SpanQuery(limit: .max)).map(\.spanID)
            #expect(Set(found).count == found.count && sent.sent.isSuperset(of: found))
            largest = max(largest, try size(store.partitions.directory.blocksPath(of: day)))
        }
        let status = try await store.status()
        #expect(status.removedDays == 0 && status.removedRecords + status.spans == 40 * 500)
        // What came between two looks at the directory may be more.
        #expect(largest <= 2 * limit, "\(largest) bytes")
        for _ in 0..<2 {
            let found = Set(try await store.spans(SpanQuery(limit: .max)).map(\.spanID))
            #expect(found.count == status.spans && found.isSuperset(of: parts[39].map(\.spanID)))
            #expect(found.isDisjoint(with: parts[0].map(\.spanID)))
            await store.close()
            store = try open()
        }
        await store.close()
    }
}
