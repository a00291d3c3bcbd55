import ClewModel
import ClewStoreTesting
import ClewWire
import Testing

@testable import ClewStore

@Suite("merging blocks, and reading them page by page")
struct BlockMergerTests {
    private func block(_ spans: [Span], maximumKeys: Int = 1024) throws -> Block {
        var builder = BlockBuilder(.spans, maximumKeys: maximumKeys)
        let result = try builder.appendTraces(OTLP.encode(spans))
        #expect(result.stored == spans.count)
        let blocks = try builder.blocks().map(\.1)
        return blocks.count == 1 ? blocks[0] : try BlockMerger.merge(blocks, maximumKeys: maximumKeys)
    }

    private func spans(_ block: Block) throws -> [Span] {
        try SpanQuery.records(block, Array(0..<block.rowCount))
    }

    private func reader(_ encoded: EncodedBlock, rows: Range<Int>? = nil) throws -> BlockReader {
        try BlockReader(encoded.header, .memory(encoded.bytes), rows: rows)
    }

    @Test("every row comes back in both layouts", arguments: [1, 7, 1024, 3000], [2, 1024])
    func roundTrip(_ count: Int, _ maximumKeys: Int) throws {
        var random = RandomRecords(seed: UInt64(count))
        let sent = random.spans(count)
        let block = try block(sent, maximumKeys: maximumKeys)
        let unordered = try EncodedBlock(block, .journal)
        #expect(Set(try spans(reader(unordered).block())) == Set(sent))
        let merged = try BlockMerger.merge([block], maximumKeys: maximumKeys)
        let ordered = try EncodedBlock(merged, .stored)
        let back = try spans(reader(ordered).block())
        #expect(back.count == sent.count && Set(back) == Set(sent))
        try reader(ordered).check()
    }

    @Test("merged blocks have the rows of all, by trace and within a trace by time", arguments: [2, 1024])
    func merge(_ maximumKeys: Int) throws {
        var random = RandomRecords(seed: 21)
        let parts = [random.spans(500), random.spans(1), random.spans(1800)]
        let blocks = try parts.map { try block($0, maximumKeys: maximumKeys) }
        let merged = try spans(BlockMerger.merge(blocks, maximumKeys: maximumKeys))
        #expect(merged.count == 2301 && Set(merged) == Set(parts.joined()))
        for (left, right) in zip(merged, merged.dropFirst()) {
            let keys = (Fingerprints.key(left.traceID), Fingerprints.key(right.traceID))
            #expect(keys.0 <= keys.1)
            if left.traceID == right.traceID { #expect(left.start <= right.start) }
        }
        let traces = merged.map(\.traceID)
        #expect(zip(traces, traces.dropFirst()).count { $0 != $1 } + 1 == Set(traces).count)
    }

    @Test("a trace is found by its fingerprint and read without the other pages")
    func pages() throws {
        var random = RandomRecords(seed: 22)
        let sent = random.spans(5000)
        let ordered = try EncodedBlock(BlockMerger.merge([block(sent)], maximumKeys: 1024), .stored)
        #expect(try reader(ordered).fingerprints().rows(of: sent[0].traceID, rowCount: 5000).count < 5000)
        for trace in Set(sent.map(\.traceID)).prefix(50) {
            let rows = ordered.fingerprints.rows(of: trace, rowCount: 5000)
            let reader = try reader(ordered, rows: rows)
            #expect(reader.rowCount <= rows.count + 2 * EncodedBlock.Layout.pageRows)
            let found = try spans(reader.block())[(rows.lowerBound - reader.rows.lowerBound)...].prefix(rows.count)
            #expect(found.allSatisfy { $0.traceID == trace })
            #expect(Set(found) == Set(sent.filter { $0.traceID == trace }))
        }
        var others = SplitMix64(seed: 1)
        let absent = TraceID.random(using: &others)
        #expect(ordered.fingerprints.rows(of: absent, rowCount: 5000).isEmpty)
    }

    @Test("log records outside any trace come first and are found by no trace")
    func logs() throws {
        var random = RandomRecords(seed: 23)
        let sent = random.logs(3000)
        var builder = BlockBuilder(.logs, maximumKeys: 1024)
        _ = try builder.appendLogs(OTLP.encode(sent))
        let merged = try BlockMerger.merge(builder.blocks().map(\.1), maximumKeys: 1024)
        let ordered = try EncodedBlock(merged, .stored)
        let back = try LogQuery.records(reader(ordered).block(), Array(0..<3000))
        #expect(Set(back) == Set(sent))
        let outside = sent.count { $0.traceID == nil }
        #expect(outside > 0 && back.prefix(outside).allSatisfy { $0.traceID == nil })
        for record in back.suffix(100) {
            guard let trace = record.traceID else { continue }
            let rows = ordered.fingerprints.rows(of: trace, rowCount: 3000)
            #expect(rows.lowerBound >= outside && rows.contains { back[$0] == record })
        }
    }

    @Test("a block with any byte changed is damage or the same block, never another")
    func changedBytes() throws {
        var random = RandomRecords(seed: 24)
        let sent = random.spans(1500)
        let ordered = try EncodedBlock(BlockMerger.merge([block(sent)], maximumKeys: 1024), .stored)
        let expected = try spans(reader(ordered).block())
        var generator = SplitMix64(seed: 7)
        for _ in 0..<300 {
            var changed = ordered
            let index = Int.random(in: 0..<changed.bytes.count, using: &generator)
            changed.bytes[index] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
            #expect(throws: DamagedColumn.self) { try self.reader(changed).check() }
            if let back = try? spans(reader(changed).block()) { #expect(back == expected) }
        }
    }
}
