import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import GRDB
import Testing

@Suite("opening a data directory")
struct OpeningTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func error(opening path: String) throws -> StoreError {
        try #require(throws: StoreError.self) { _ = try EmbeddedStore(directory: path) }
    }

    @Test("a path below a file cannot be a data directory, and the error names it")
    func belowFile() throws {
        try "a file".write(toFile: directory("file"), atomically: true, encoding: .utf8)
        let error = try error(opening: directory("file/data"))
        #expect(error.code == .readOnly)
        #expect(error.message.contains(directory("file/data")))
    }

    @Test("a directory that another store has open is in use, and free again once that one is closed")
    func inUse() async throws {
        for _ in 0..<3 {
            let first = try EmbeddedStore(directory: directory("data"))
            let error = try error(opening: directory("data"))
            #expect(error.code == .inUse)
            #expect(error.message.contains(directory("data")))
            await first.close()
        }
    }

    @Test("a directory of a newer format is refused with both versions, and nothing in it is changed")
    func newerFormat() async throws {
        await (try EmbeddedStore(directory: directory("data"))).close()
        let queue = try DatabaseQueue(path: directory("data/clew.sqlite"))
        try await queue.write { try $0.execute(sql: "PRAGMA user_version = 7") }
        try queue.close()
        let error = try error(opening: directory("data"))
        #expect(error.code == .newerFormat)
        #expect(error.message.contains("format 7") && error.message.contains("reads format 2"))
        let version = try await DatabaseQueue(path: directory("data/clew.sqlite")).read {
            try Int.fetchOne($0, sql: "PRAGMA user_version")
        }
        #expect(version == 7)
    }

    @Test("what was acknowledged is in the files at once: a copy made while the store is open holds all of it")
    func survivesCrash() async throws {
        var random = RandomRecords(seed: 11)
        let spans = random.spans(500)
        let store = try EmbeddedStore(directory: directory("data"))
        for part in stride(from: 0, to: spans.count, by: 100) {
            _ = try await store.append(.traces, OTLP.encode(Array(spans[part..<(part + 100)])))
        }
        // The copy lacks what only the process knows, as after `kill -9`.
        try FileManager.default.copyItem(atPath: directory("data"), toPath: directory("copy"))
        let copy = try EmbeddedStore(directory: directory("copy"))
        let found = try await copy.spans(SpanQuery(limit: .max))
        #expect(Set(found) == Set(spans) && found.count == spans.count)
        await copy.close()
        await store.close()
    }
}
