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

    /// Two blocks of one day.
    private func store() async throws -> (first: [Span], second: [Span]) {
        var random = RandomRecords(seed: 5)
        let all = random.spans(80).map { span in
            var span = span
            (span.start, span.end) = (RandomRecords.defaultTime.lowerBound + UInt64(span.name.count), span.start)
            return span
        }
        let (first, second) = (Array(all[..<40]), Array(all[40...]))
        for spans in [first, second] {
            let store = try open()
            _ = try await store.append(.traces, OTLP.encode(spans))
            await store.close()
        }
        return (first, second)
    }

    private func alter(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: try directory.partitions(of: "data")[0])
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func expectOnly(_ spans: [Span]) async throws {
        let store = try open()
        for _ in 0..<2 {
            let found = try await store.spans(SpanQuery(limit: .max))
            #expect(Set(found) == Set(spans))
        }
        #expect(try await store.status().damagedBlocks == 1)
        #expect(reports.texts.withLock(\.count) == 1)
        _ = try await store.append(.traces, OTLP.encode(spans))
        #expect(try await store.spans(SpanQuery(limit: .max)).count == spans.count * 2)
        await store.close()
    }

    @Test("a block with a changed byte is set aside, counted and reported once; the others keep serving")
    func damagedBlock() async throws {
        let (first, second) = try await store()
        let blocks = try #require(try directory.partitions(of: "data").first).replacing(".sqlite", with: ".blocks")
        let intact = try Data(contentsOf: URL(filePath: blocks))
        // The first block is about half of the file.
        for (offset, left) in [(3, second), (intact.count / 4, second), (intact.count - 5, first)] {
            var changed = intact
            changed[offset] ^= 0x10
            try changed.write(to: URL(filePath: blocks))
            reports.texts.withLock { $0 = [] }
            let store = try open()
            #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(left), "offset \(offset)")
            #expect(try await store.status().damagedBlocks == 1)
            #expect(reports.texts.withLock(\.count) == 1)
            await store.close()
        }
        try intact.prefix(intact.count - 1).write(to: URL(filePath: blocks))
        reports.texts.withLock { $0 = [] }
        try await expectOnly(first)
    }

    @Test(
        "a block whose catalogue entry is changed is set aside likewise",
        arguments: [
            "UPDATE block SET start = start + 1 WHERE id = 1", "UPDATE block SET header = x'FF' WHERE id = 1",
            "UPDATE block SET header = substr(header, 2) WHERE id = 1", "UPDATE block SET crc = crc + 1 WHERE id = 1",
        ])
    func damagedEntry(_ sql: String) async throws {
        let (_, second) = try await store()
        try await alter(sql)
        try await expectOnly(second)
    }

    @Test(
        "a value of another type than the schema's, as a damaged page may hold, is damage and ends nothing",
        arguments: [
            "UPDATE block SET header = NULL WHERE id = 1", "UPDATE block SET start = 'many' WHERE id = 1",
            "UPDATE block SET crc = x'00' WHERE id = 1",
        ])
    func damagedType(_ sql: String) async throws {
        let (_, second) = try await store()
        try await alter(
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(replace(sql, ' STRICT', ''), ' NOT NULL', '')
            """)
        try await alter(sql)
        try await expectOnly(second)
    }

    @Test(
        "a partition whose schema is damaged is renamed, and its day goes on in new files",
        arguments: [
            "ALTER TABLE block RENAME COLUMN header TO heade", "DROP TABLE block", "DROP TABLE flushed",
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

    @Test("what is acknowledged after files were removed is in new files, and nothing without their directory")
    func removedFile() async throws {
        var options = EmbeddedStore.Options()
        // Nothing is flushed while the test looks at the journal.
        (options.flushIdle, options.flushAge) = (.seconds(3600), .seconds(3600))
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        var random = RandomRecords(seed: 6)
        let (first, second) = (random.spans(40), random.spans(40))
        _ = try await store.append(.traces, OTLP.encode(first))
        let journal = directory("data/journal")
        for name in try FileManager.default.contentsOfDirectory(atPath: journal) {
            try FileManager.default.removeItem(atPath: "\(journal)/\(name)")
        }
        _ = try await store.append(.traces, OTLP.encode(second))
        #expect(try FileManager.default.contentsOfDirectory(atPath: journal) != [])
        #expect(Set(try await store.spans(SpanQuery(limit: .max))) == Set(first + second))
        try FileManager.default.removeItem(atPath: directory("data"))
        await #expect(throws: StoreError.self) { _ = try await store.append(.traces, OTLP.encode(first)) }
        await store.close()
    }

    @Test("a damaged record of the journal is left out and reported, those before and after it are not")
    func damagedJournal() async throws {
        var random = RandomRecords(seed: 7)
        let parts = (0..<3).map { _ in random.spans(30) }
        var options = EmbeddedStore.Options()
        options.flushIdle = .seconds(3600)
        options.flushAge = .seconds(3600)
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        var ends: [Int] = []
        for part in parts {
            _ = try await store.append(.traces, OTLP.encode(part))
            let size = try FileManager.default.attributesOfItem(atPath: journalFile())[.size]
            ends.append(try #require(size as? Int))
        }
        try FileManager.default.copyItem(atPath: directory("data"), toPath: directory("copy"))
        await store.close()
        let path = try journalFile(in: "copy")
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[ends[0] + 200] ^= 1
        // What a crash leaves of a commit.
        try (bytes + bytes.prefix(100)).write(to: URL(filePath: path))
        options.onDamage = { [reports] text in reports.texts.withLock { $0.append(text) } }
        let copy = try EmbeddedStore(directory: directory("copy"), options: options)
        #expect(Set(try await copy.spans(SpanQuery(limit: .max))) == Set(parts[0] + parts[2]))
        #expect(reports.texts.withLock { $0.count == 1 && $0[0].contains("\(ends[1] - ends[0]) bytes are damaged") })
        await copy.close()
    }

    @Test("what a sender wrote is never taken for a record, even where a real one is damaged")
    func forgedRecord() async throws {
        var random = RandomRecords(seed: 8)
        let (victim, forged) = (random.spans(30), random.spans(30))
        var options = EmbeddedStore.Options()
        options.flushIdle = .seconds(3600)
        options.flushAge = .seconds(3600)
        // The bytes of another store's journal, as an attribute of a span.
        let other = try EmbeddedStore(directory: directory("other"), options: options)
        _ = try await other.append(.traces, OTLP.encode(forged))
        let record = try Data(contentsOf: URL(filePath: journalFile(in: "other")))
        var carrier = victim
        carrier[0].attributes.append(Attribute("payload", .bytes([UInt8](record))))
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        _ = try await store.append(.traces, OTLP.encode(carrier))
        try FileManager.default.copyItem(atPath: directory("data"), toPath: directory("copy"))
        await store.close()
        await other.close()
        let path = try journalFile(in: "copy")
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[12] ^= 1
        try bytes.write(to: URL(filePath: path))
        let copy = try EmbeddedStore(directory: directory("copy"), options: options)
        #expect(try await copy.spans(SpanQuery(limit: .max)) == [])
        await copy.close()
    }

    private func journalFile(in store: String = "data") throws -> String {
        let journal = directory("\(store)/journal")
        return "\(journal)/\(try #require(FileManager.default.contentsOfDirectory(atPath: journal).first))"
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
