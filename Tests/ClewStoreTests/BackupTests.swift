import ClewModel
import ClewStore
import ClewStoreTesting
import ClewWire
import Foundation
import Testing

@Suite("copying a data directory")
struct BackupTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func expectNoDamage(_ text: String) { Issue.record("\(text)") }

    @Test("while it is written: all that was acknowledged before is in the copy, and nothing twice")
    func inUse() async throws {
        var options = EmbeddedStore.Options()
        // Segments are flushed, removed and forgotten, and blocks merged, many times during each copy.
        options.segmentRows = 40
        options.flushIdle = .zero
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        let sent = SentSpans()
        let writer = Task {
            var random = RandomRecords(seed: 1)
            while !Task.isCancelled {
                let start = RandomRecords.defaultTime.lowerBound + UInt64(sent.sent.count)
                // Both sides of midnight.
                let day = UInt64.random(in: 0...1) * TestClock.day
                try await sent.send(random.spans(20, from: start + day), to: store)
            }
        }
        for round in 0..<12 {
            try await eventually("some more is acknowledged") { sent.acknowledged.count >= (round + 1) * 200 }
            let before = sent.acknowledged
            let copy = directory("copy \(round)")
            let result = try EmbeddedStore.backup(directory: directory("data"), to: copy, report: expectNoDamage)
            #expect(result.damagedBlocks == 0)
            let verified = try EmbeddedStore.verify(directory: copy, report: expectNoDamage)
            #expect(verified.damaged == 0 && verified.spans >= before.count)
            let opened = try EmbeddedStore(directory: copy)
            let found = try await opened.spans(SpanQuery(limit: .max)).map(\.spanID)
            #expect(Set(found).count == found.count && found.count == verified.spans)
            #expect(Set(found).isSuperset(of: before) && sent.sent.isSuperset(of: found))
            await opened.close()
        }
        writer.cancel()
        _ = await writer.result
        await store.close()
    }

    @Test("a directory that is not in use, with rows in its journal, is copied as it is")
    func notInUse() async throws {
        var random = RandomRecords(seed: 2)
        let spans = random.spans(500)
        var options = EmbeddedStore.Options()
        (options.flushIdle, options.flushAge) = (.seconds(3600), .seconds(3600))
        let store = try EmbeddedStore(directory: directory("data"), options: options)
        _ = try await store.append(.traces, OTLP.encode(spans))
        try FileManager.default.copyItem(atPath: directory("data"), toPath: directory("crashed"))
        await store.close()
        for (source, journalFiles) in [("data", 0), ("crashed", 1)] {
            let copy = directory("copy of \(source)")
            // An empty directory may be there.
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
            let result = try EmbeddedStore.backup(directory: directory(source), to: copy + "/", report: expectNoDamage)
            #expect(result.journalFiles == journalFiles)
            let opened = try EmbeddedStore(directory: copy)
            #expect(Set(try await opened.spans(SpanQuery(limit: .max))) == Set(spans))
            await opened.close()
        }
    }

    @Test("a damaged block is copied with the rest, and named")
    func damaged() async throws {
        var random = RandomRecords(seed: 4)
        for _ in 0..<2 {
            let store = try EmbeddedStore(directory: directory("data"))
            _ = try await store.append(
                .traces, OTLP.encode(random.spans(300, from: RandomRecords.defaultTime.lowerBound)))
            await store.close()
        }
        let blocks = try directory.partitions(of: "data")[0].replacing(".sqlite", with: ".blocks")
        var bytes = try Data(contentsOf: URL(filePath: blocks))
        bytes[100] ^= 1
        try bytes.write(to: URL(filePath: blocks))
        var reports: [String] = []
        let result = try EmbeddedStore.backup(directory: directory("data"), to: directory("copy")) { text in
            reports.append(text)
        }
        #expect(result.damagedBlocks == 1 && result.blocks == 2)
        #expect(reports.count == 1 && reports[0].contains("block 1 of \(blocks)"), "\(reports)")
        let copy = try EmbeddedStore(directory: directory("copy"))
        #expect(try await copy.spans(SpanQuery(limit: .max)).count == 300)
        await copy.close()
    }

    @Test("nothing is written over, and what is no data directory is refused")
    func refusals() async throws {
        await (try EmbeddedStore(directory: directory("data"))).close()
        func refusal(_ source: String, _ target: String) throws -> StoreError {
            try #require(throws: StoreError.self) {
                _ = try EmbeddedStore.backup(
                    directory: directory(source), to: directory(target), report: expectNoDamage)
            }
        }
        #expect(try refusal("data", "data").code == .exists)
        #expect(try refusal("data", "data/copy").code == .exists)
        #expect(try refusal("nothing", "copy").code == .noData)
        try FileManager.default.createDirectory(
            atPath: directory("copy.partial"), withIntermediateDirectories: true)
        #expect(try refusal("data", "copy").message.contains("copy.partial"))
        try "a file".write(toFile: directory("file"), atomically: true, encoding: .utf8)
        #expect(try refusal("data", "file").code == .exists)
        #expect(try refusal("data", "file/copy").code == .readOnly)
        let left = Set(try FileManager.default.contentsOfDirectory(atPath: directory.path))
        #expect(left == ["data", "copy.partial", "file"])
    }
}
