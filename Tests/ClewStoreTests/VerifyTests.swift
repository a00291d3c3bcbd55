import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import GRDB
import Testing

@Suite("checking a data directory")
struct VerifyTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Two blocks of spans of one day and one of log records, and below `crashed` a directory whose rows lie in the journal.
    private func store() async throws {
        var random = RandomRecords(seed: 1)
        let start = RandomRecords.defaultTime.lowerBound
        for _ in 0..<2 {
            let store = try EmbeddedStore(directory: directory("data"))
            _ = try await store.append(.traces, OTLP.encode(random.spans(300, from: start)))
            await store.close()
        }
        var options = EmbeddedStore.Options()
        (options.flushIdle, options.flushAge) = (.seconds(3600), .seconds(3600))
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        let records = (0..<100).map { LogRecord(time: start + $0, observedTime: start) }
        for _ in 0..<3 { _ = try await store.append(.logs, OTLP.encode(records)) }
        try FileManager.default.copyItem(atPath: directory("data"), toPath: directory("crashed"))
        await store.close()
    }

    private func verify(_ name: String) throws -> (found: StoreVerification, lines: [String]) {
        let before = try contents(name)
        var lines: [String] = []
        let found = try EmbeddedStore.verify(directory: directory(name)) { lines.append($0) }
        #expect(try contents(name) == before, "something was changed")
        #expect(found.damaged == lines.count)
        return (found, lines)
    }

    private func contents(_ name: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        // SQLite's shared memory holds locks and nothing else that lasts.
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory(name)) where !path.hasSuffix("-shm") {
            contents[path] = try? Data(contentsOf: URL(filePath: directory("\(name)/\(path)")))
        }
        return contents
    }

    private func change(_ path: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        body(&bytes)
        try bytes.write(to: URL(filePath: path))
    }

    private var catalogue: String { get throws { try directory.partitions(of: "data")[0] } }
    private var blocks: String { get throws { try catalogue.replacing(".sqlite", with: ".blocks") } }

    @Test("one that is in order is counted, with what only its journal has")
    func intact() async throws {
        try await store()
        let data = try verify("data")
        #expect(data.lines == [] && data.found.spans == 600 && data.found.logRecords == 300)
        #expect(data.found.files == 2 && data.found.blocks == 3 && data.found.bytes > 0)
        let crashed = try verify("crashed")
        #expect(crashed.lines == [] && crashed.found.spans == 600 && crashed.found.logRecords == 300)
        #expect(crashed.found.files == 3 && crashed.found.blocks == 5)
    }

    @Test("a changed byte is found wherever it is, and what it costs is named")
    func changedBlock() async throws {
        try await store()
        let size = try Data(contentsOf: URL(filePath: blocks)).count
        for offset in stride(from: 0, to: size, by: 997) {
            try change(blocks) { $0[offset] ^= 0x20 }
            let (found, lines) = try verify("data")
            #expect(lines.count == 1 && found.blocks == 2, "offset \(offset): \(lines)")
            let isNamed = lines.allSatisfy {
                $0.hasPrefix("\(directory("data"))/partitions/2026-09-22.blocks: block ")
                    && $0.contains(" 300 ") && $0.contains("2026-09-22T00:00:00.000Z to ") && $0.contains("are lost")
            }
            #expect(isNamed, "\(lines)")
            try change(blocks) { $0[offset] ^= 0x20 }
        }
        #expect(try verify("data").lines == [])
    }

    @Test("a file of blocks that is short or missing")
    func missingBlocks() async throws {
        try await store()
        try change(blocks) { $0.removeLast() }
        #expect(try verify("data").lines.count == 1)
        try FileManager.default.removeItem(atPath: blocks)
        let (found, lines) = try verify("data")
        #expect(lines.count == 3 && found.blocks == 0 && lines[0].contains("no such file"))
    }

    @Test("an entry of the catalogue, and the whole of it")
    func catalogueDamage() async throws {
        try await store()
        let queue = try DatabaseQueue(path: catalogue)
        try await queue.write { try $0.execute(sql: "UPDATE block SET start = start + 1 WHERE id = 2") }
        try queue.close()
        let (found, lines) = try verify("data")
        #expect(lines.count == 1 && lines[0].contains("block 2") && found.blocks == 2)
        try change(catalogue) { $0.replaceSubrange(0..<100, with: Data(repeating: 7, count: 100)) }
        #expect(try verify("data").lines.map { $0.contains("all rows of the day are lost") } == [true])
        try FileManager.default.removeItem(atPath: catalogue)
        #expect(try verify("data").lines.map { $0.contains("its catalogue is missing") } == [true])
    }

    @Test("a record of the journal; what a crash left of one that was not acknowledged is no damage")
    func journalDamage() async throws {
        try await store()
        let journal = directory("crashed/journal")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: journal).first)
        try change("\(journal)/\(name)") { $0 += $0.prefix(50) }
        #expect(try verify("crashed").lines == [])
        try change("\(journal)/\(name)") { $0[200] ^= 1 }
        let (found, lines) = try verify("crashed")
        #expect(lines.count == 1 && lines[0].contains("\(name): ") && lines[0].contains("bytes"))
        #expect(found.logRecords == 200)
    }

    @Test("one that is in use, that is none, or that a newer version wrote is refused")
    func refusals() async throws {
        try await store()
        func code(_ name: String) throws -> StoreError.Code {
            try #require(throws: StoreError.self) { _ = try EmbeddedStore.verify(directory: directory(name)) { _ in } }
                .code
        }
        #expect(try code("nothing") == .noData)
        #expect(!FileManager.default.fileExists(atPath: directory("nothing")))
        let store = try EmbeddedStore(directory: directory("data"))
        #expect(try code("data") == .inUse)
        await store.close()
        let queue = try DatabaseQueue(path: directory("data/clew.sqlite"))
        try await queue.write { try $0.execute(sql: "PRAGMA user_version = 7") }
        try queue.close()
        #expect(try code("data") == .newerFormat)
    }
}
