import ClewModel
import ClewWire
import Testing

@testable import ClewStore

@Suite("text search in the bodies of logs")
struct TextSearchTests {
    private var generator = SplitMix64(seed: 98)

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func text() -> String {
        let scalars = Array("aAbZz09 -_:/é日🦓\u{0}@[`{".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<number(0..<60) { text.append(scalars[number(0..<scalars.count)]) }
        return String(text)
    }

    private mutating func body() -> AttributeValue {
        switch number(0..<10) {
        case 0: .int(Int64(number(-1000..<1_000_000)))
        case 1: .array([.string(text()), .bool(true), .double(0.5)])
        case 2: .keyValueList([Attribute("Key", .string(text())), Attribute("n", .bytes([0xAB, 0xCD]))])
        case 3: .empty
        default: .string(text())
        }
    }

    private mutating func swappedCase(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isSwapped = scalar.properties.isAlphabetic && scalar.isASCII && number(0..<2) == 0
            scalars.append(isSwapped ? Unicode.Scalar(UInt8(scalar.value) ^ 0x20) : scalar)
        }
        return String(scalars)
    }

    /// A piece of a body, now and then with something that the body may lack.
    private mutating func needle(_ body: AttributeValue) -> String {
        let scalars = Array(body.description.unicodeScalars)
        let start = number(0..<(scalars.count + 1))
        var piece = String.UnicodeScalarView()
        piece.append(contentsOf: scalars[start..<number(start..<(scalars.count + 1))])
        let needle = swappedCase(String(piece))
        return number(0..<5) == 0 ? needle + text().prefix(2) : needle
    }

    private func block(_ bodies: [AttributeValue], _ layout: EncodedBlock.Layout = .stored) throws -> EncodedBlock {
        let logs = bodies.enumerated().map { LogRecord(time: UInt64($0.offset + 1), body: $0.element) }
        var builder = BlockBuilder(.logs, maximumKeys: 1024)
        #expect(try builder.appendLogs(OTLP.encode(logs)).stored == logs.count)
        let block = try BlockMerger.merge(builder.blocks().map(\.1), maximumKeys: 1024)
        return try EncodedBlock(block, layout)
    }

    private func rows(_ block: EncodedBlock, _ text: String) throws -> [Int] {
        try LogQuery(text: text).rows(BlockReader(block.header, .memory(block.bytes)))
    }

    @Test("it finds what a scan of the decoded bodies finds, and the filter never denies it")
    mutating func agreement() throws {
        for _ in 0..<40 {
            let count = number(1..<40)
            let bodies = (0..<count).map { _ in body() }
            let block = try block(bodies)
            let reader = try BlockReader(block.header, .memory(block.bytes))
            let filter = try #require(try reader.bodyFilter())
            let stored = try reader.dictionary(BlockSchema.Dictionary.body)
            for _ in 0..<100 {
                let needle = needle(bodies[number(0..<count)])
                let expected = try stored.ids.indices.filter {
                    LogQuery.contains(try stored.strings.value(Int(stored.ids[$0])).description, needle)
                }
                let found = try rows(block, needle)
                #expect(found == expected, "'\(needle)'")
                if !expected.isEmpty { #expect(filter.mayContain(FoldedText(needle)), "'\(needle)'") }
            }
        }
    }

    @Test("texts of every length are found at every place")
    func places() throws {
        let text = Array("The Quick brown Fox Jumps Over 13 lazy Dogs @ [Noon]".utf8)
        for length in 0...text.count {
            for start in 0...(text.count - length) {
                let needle = String(decoding: text[start..<(start + length)], as: UTF8.self)
                let isFound = [needle.uppercased(), needle.lowercased()].allSatisfy {
                    FoldedText($0).isContained(in: unsafe text.span.bytes)
                }
                #expect(isFound, "'\(needle)'")
            }
        }
        for absent in ["fox jumps over 14", "`", "{noon}", "dogs @ [noon] ", "\u{14}he"] {
            #expect(!FoldedText(absent).isContained(in: unsafe text.span.bytes), "'\(absent)'")
        }
    }

    @Test("the filter denies nearly every absent trigram, and the bodies of such a block are not read")
    func absent() throws {
        var block = try block((0..<2000).map { .string("order \($0) paid by user \($0 * 7919)") })
        let reader = try BlockReader(block.header, .memory(block.bytes))
        let filter = try #require(try reader.bodyFilter())
        let letters = "cfghjklmnqtvwxz"
        let absent = letters.flatMap { a in letters.flatMap { b in letters.map { "\(a)\(b)\($0)" } } }
        #expect(absent.count == 3375 && absent.count { filter.mayContain(FoldedText($0)) } < 68)
        #expect(filter.mayContain(FoldedText("PAID by")) && filter.mayContain(FoldedText("zz")))

        let bodies = BlockColumn.dictionary(BlockSchema.Dictionary.body)
        let place = try #require(
            try ColumnDirectory(
                reading: Array(block.bytes.prefix(block.header.directorySize)), rowCount: 2000,
                byteCount: block.header.byteCount
            ).page(0, of: bodies))
        block.bytes[place.offset] ^= 0xFF
        #expect(try rows(block, "not there").isEmpty)
        #expect(throws: DamagedColumn.self) { try self.rows(block, "paid") }
    }

    @Test("no filter in the journal, nor over bodies of too many trigrams; they are searched all the same")
    mutating func withoutFilter() throws {
        let journal = try block(["one", "two"], .journal)
        let noise = (0..<2000).map { _ in
            AttributeValue.string(
                String(
                    String.UnicodeScalarView(
                        (0..<40).compactMap { _ in
                            Unicode.Scalar(UInt32(number(0x3000..<0x9000)))
                        })))
        }
        let full = try block(noise + ["two"])
        for block in [journal, full] {
            #expect(try BlockReader(block.header, .memory(block.bytes)).bodyFilter() == nil)
            #expect(try rows(block, "TWO").count == 1)
            #expect(try rows(block, "absent").isEmpty)
        }
    }
}
