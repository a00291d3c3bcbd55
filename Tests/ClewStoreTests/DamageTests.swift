import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import GRDB
import Synchronization
import Testing

@Suite("damaged files")
struct DamageTests {
    private let directory: TemporaryDirectory
    private let reports = Reports()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private final class Reports: Sendable {
        let texts = Mutex<[String]>([])
    }

    private func open() throws -> EmbeddedStore {
        var options = EmbeddedStore.Options()
        options.onDamage = { [reports] text in reports.texts.withLock { $0.append(text) } }
        return try EmbeddedStore(directory: directory("data"), options: options)
    }

    /// Two requests that each become a block of one day.
    private func store() async throws -> (first: [Span], second: [Span]) {
        var random = RandomRecords(seed: 5)
        let store = try open()
        let all = random.spans(80).map { span in
            var span = span
            (span.start, span.end) = (RandomRecords.defaultTime.lowerBound + UInt64(span.name.count), span.start)
            return span
        }
        let (first, second) = (Array(all[..<40]), Array(all[40...]))
        _ = try await store.append(.traces, OTLP.encode(first))
        _ = try await store.append(.traces, OTLP.encode(second))
        await store.close()
        return (first, second)
    }

    private func alter(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: try directory.partitions(of: "data")[0])
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test(
        "a block with a changed column is set aside, counted and reported once; the others keep serving",
        arguments: [
            #"UPDATE "column" SET data = zeroblob(length(data)) WHERE name = 'span_id' AND id < 2 << 16"#,
            #"UPDATE "column" SET data = substr(data, 2) WHERE name = 'trace_id' AND id < 2 << 16"#,
            #"UPDATE "column" SET codec = 'unknown' WHERE name = 'time' AND id < 2 << 16"#,
            #"UPDATE "column" SET value_count = 1 << 60 WHERE name = 'shape' AND id < 2 << 16"#,
            #"UPDATE "column" SET raw_size = 1 << 60 WHERE name = 'resource' AND id < 2 << 16"#,
            #"DELETE FROM "column" WHERE name = 'http.route' AND id < 2 << 16"#,
            "UPDATE block SET rows = 1 << 40 WHERE id = 1",
            "UPDATE block SET keys = x'FF' WHERE id = 1",
        ])
    func damagedBlock(_ sql: String) async throws {
        let (_, second) = try await store()
        try await alter(sql)
        let store = try open()
        for _ in 0..<2 {
            let found = try await store.spans(SpanQuery(limit: .max))
            #expect(Set(found) == Set(second))
        }
        #expect(try await store.status().damagedBlocks == 1)
        #expect(reports.texts.withLock(\.count) == 1)
        _ = try await store.append(.traces, OTLP.encode(second))
        #expect(try await store.spans(SpanQuery(limit: .max)).count == second.count * 2)
        await store.close()
    }

    @Test(
        "a value of another type than the schema's, as a damaged page may hold, is damage and ends nothing",
        arguments: [
            "UPDATE block SET signal = NULL WHERE id = 1", "UPDATE block SET rows = 'many' WHERE id = 1",
            "UPDATE block SET max_time = x'00' WHERE id = 1", "UPDATE block SET keys = NULL WHERE id = 1",
            "UPDATE block SET overflow = 'x' WHERE id = 1",
            #"UPDATE "column" SET data = NULL WHERE name = 'time' AND id < 2 << 16"#,
            #"UPDATE "column" SET raw_size = 'x' WHERE name = 'time' AND id < 2 << 16"#,
            #"UPDATE "column" SET codec = NULL WHERE name = 'time' AND id < 2 << 16"#,
            #"UPDATE "column" SET crc = x'00' WHERE name = 'time' AND id < 2 << 16"#,
        ])
    func damagedType(_ sql: String) async throws {
        let (_, second) = try await store()
        try await alter(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(replace(sql, ' STRICT', ''), ' NOT NULL', '')
            """)
        try await alter(sql)
        let store = try open()
        #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(second))
        #expect(try await store.status().damagedBlocks == 1)
        await store.close()
    }

    @Test(
        "a partition whose schema is damaged is renamed, and its day goes on in a new file",
        arguments: [
            "ALTER TABLE block RENAME COLUMN max_time TO max_tim", "DROP TABLE block",
            #"ALTER TABLE "column" RENAME COLUMN data TO dat"#,
        ])
    func damagedSchema(_ sql: String) async throws {
        let (first, _) = try await store()
        try await alter(sql)
        let store = try open()
        #expect(try await store.spans(SpanQuery(limit: .max)) == [])
        #expect(try await store.append(.traces, OTLP.encode(first)).stored == first.count)
        #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(first))
        #expect(try await store.status().damagedBlocks == 1)
        await store.close()
    }

    @Test(
        "what is acknowledged after a partition's file was removed is in a new file, and nothing without its directory")
    func removedFile() async throws {
        let store = try open()
        var random = RandomRecords(seed: 6)
        let (lost, kept) = (random.spans(40), random.spans(40))
        _ = try await store.append(.traces, OTLP.encode(lost))
        for path in try directory.partitions(of: "data") {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        }
        _ = try await store.append(.traces, OTLP.encode(kept))
        #expect(try directory.partitions(of: "data") != [])
        #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(kept))
        try FileManager.default.removeItem(atPath: directory("data"))
        await #expect(throws: StoreError.self) { _ = try await store.append(.traces, OTLP.encode(kept)) }
        await store.close()
    }

    @Test("a partition that is no database is renamed, and its day goes on in a new file")
    func damagedFile() async throws {
        let (first, _) = try await store()
        let path = try directory.partitions(of: "data")[0]
        try Data(repeating: 7, count: 10_000).write(to: URL(filePath: path))
        let store = try open()
        #expect(try await store.spans(SpanQuery(limit: .max)) == [])
        #expect(try await store.append(.traces, OTLP.encode(first)).stored == first.count)
        #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(first))
        #expect(try await store.status().damagedBlocks == 1)
        await store.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory("data/partitions"))
        #expect(files.contains { $0.contains(".damaged-") })
    }
}
