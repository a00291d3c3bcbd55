import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import GRDB
import Synchronization
import Testing

@Suite("commits that fail or wait")
struct CommitFailureTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Spans of one day.
    private func spans(_ count: Int, seed: UInt64, day: UInt64 = 0) -> [Span] {
        var random = RandomRecords(seed: seed)
        return random.spans(count).enumerated().map { index, span in
            var span = span
            span.start = RandomRecords.defaultTime.lowerBound + day * 86_400 * .nanosecondsPerSecond + UInt64(index)
            span.end = span.start
            return span
        }
    }

    private func partition(_ spans: [Span]) -> String {
        directory("data/partitions/\(PartitionName.of(spans[0].start)).sqlite")
    }

    @Test("a partition that cannot be written does not stop intake; its rows wait in the journal until it can")
    func unwritable() async throws {
        let (today, tomorrow) = (spans(10, seed: 1), spans(10, seed: 2, day: 1))
        let reports = Mutex<[String]>([])
        var options = EmbeddedStore.Options()
        options.segmentRows = 10
        options.onDamage = { text in reports.withLock { $0.append(text) } }
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        let obstacle = partition(tomorrow)
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
        #expect(try await store.append(.traces, OTLP.encode(tomorrow + today)).stored == 20)
        #expect(try await store.append(.traces, OTLP.encode(today)).stored == 10)
        await store.close()
        #expect(reports.withLock { $0.count == 1 && $0[0].contains(obstacle) })
        let refused = try #require(throws: StoreError.self) { _ = try EmbeddedStore(directory: directory("data")) }
        #expect(refused.code == .readOnly && refused.message.contains(obstacle))
        try FileManager.default.removeItem(atPath: obstacle)
        for _ in 0..<2 {
            let reopened = try EmbeddedStore(directory: directory("data"))
            let found = try await reopened.spans(SpanQuery(limit: .max))
            #expect(found.count == 30 && Set(found) == Set(today + tomorrow))
            await reopened.close()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory("data/journal")) == [])
    }

    @Test("a journal that cannot be written fails its requests, and takes new ones once it can")
    func noJournal() async throws {
        let store = try EmbeddedStore(directory: directory("data"))
        let request = OTLP.encode(spans(10, seed: 1))
        try FileManager.default.removeItem(atPath: directory("data/journal"))
        let error = try await #require(throws: StoreError.self) { try await store.append(.traces, request) }
        #expect(error.message.contains(directory("data/journal")))
        #expect(try await store.spans(SpanQuery(limit: .max)) == [])
        try FileManager.default.createDirectory(
            atPath: directory("data/journal"), withIntermediateDirectories: true)
        #expect(try await store.append(.traces, request).stored == 10)
        #expect(try await store.spans(SpanQuery(limit: .max)).count == 10)
        await store.close()
    }

    private func result(_ store: EmbeddedStore, _ request: [UInt8]) async -> Result<AppendResult, StoreError> {
        do throws(StoreError) {
            return .success(try await store.append(.traces, request))
        } catch {
            return .failure(error)
        }
    }

    @Test("while nothing can be flushed, requests beyond the limit are refused, and the waiting ones are not lost")
    func overloaded() async throws {
        let first = spans(10, seed: 1)
        let request = OTLP.encode(first)
        var options = EmbeddedStore.Options()
        options.maximumPendingBytes = request.count * 3 / 2
        options.segmentRows = 10
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        _ = try await store.append(.traces, request)
        var flushed = false
        for _ in 0..<1000 where !flushed {
            flushed = try FileManager.default.contentsOfDirectory(atPath: directory("data/journal")).isEmpty
            if !flushed { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(flushed)

        // Another connection holds the write lock, so the flush waits, and when all segments are full the commits.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let blocker = try DatabaseQueue(path: partition(first), configuration: configuration)
        try blocker.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        for _ in 0..<4 { _ = try await store.append(.traces, request) }
        try await withThrowingTaskGroup(of: Result<AppendResult, StoreError>.self) { group in
            for _ in 0..<2 { group.addTask { await self.result(store, request) } }
            let refused = try #require(try await group.next())
            #expect(throws: StoreError.self) { try refused.get() }
            if case .failure(let error) = refused { #expect(error.code == .overloaded) }
            try blocker.inDatabase { try $0.execute(sql: "ROLLBACK") }
            let waited = try #require(try await group.next())
            #expect(try waited.get().stored == 10)
        }
        #expect(try await store.append(.traces, request).stored == 10)
        #expect(try await store.spans(SpanQuery(limit: .max)).count == 70)
        await store.close()
    }

    @Test("a request larger than the store ever takes is refused for good")
    func tooLarge() async throws {
        var options = EmbeddedStore.Options()
        options.maximumPendingBytes = 100
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        let error = try await #require(throws: StoreError.self) {
            try await store.append(.traces, Array(repeating: 0, count: 101))
        }
        #expect(error.code == .malformed)
        await store.close()
    }

    @Test("metrics are refused")
    func metrics() async throws {
        let store = try EmbeddedStore(directory: directory("data"))
        let error = try await #require(throws: StoreError.self) { try await store.append(.metrics, []) }
        #expect(error.code == .malformed)
        await store.close()
    }

    @Test("appends that run while the store closes are either stored or refused as closed")
    func closing() async throws {
        let store = try EmbeddedStore(directory: directory("data"))
        let stored = await withTaskGroup(of: Int.self) { group in
            for sender in 0..<20 {
                group.addTask {
                    do throws(StoreError) {
                        return try await store.append(.traces, OTLP.encode(self.spans(5, seed: UInt64(sender)))).stored
                    } catch {
                        return error.code == .closed ? 0 : -1_000
                    }
                }
            }
            group.addTask {
                await store.close()
                return 0
            }
            return await group.reduce(0, +)
        }
        let reopened = try EmbeddedStore(directory: directory("data"))
        #expect(try await reopened.spans(SpanQuery(limit: .max)).count == stored)
        await reopened.close()
    }
}

/// The date that names a partition, by Foundation's calendar rather than by the store's.
private enum PartitionName {
    static func of(_ time: UnixNanoseconds) -> String {
        let date = Date(timeIntervalSince1970: Double(time / .nanosecondsPerSecond))
        return date.formatted(.iso8601.year().month().day())
    }
}
