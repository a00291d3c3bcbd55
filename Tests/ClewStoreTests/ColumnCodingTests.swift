import ClewModel
import ClewStoreTesting
import Testing

@testable import ClewStore

@Suite("columns on disk")
struct ColumnCodingTests {
    /// Numbers of every size.
    private func numbers(_ count: Int, seed: UInt64) -> [UInt64] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in generator.next() >> UInt64.random(in: 0...63, using: &generator) }
    }

    @Test("numbers come back in every encoding", arguments: [NumberEncoding.fixed, .varint, .delta], [0, 1, 2, 1000])
    func roundTrip(_ encoding: NumberEncoding, _ count: Int) throws {
        let values = numbers(count, seed: 3) + [0, .max]
        #expect(try encoding.decode(encoding.encode(values), count: values.count) == values)
    }

    @Test("cut numbers are damage", arguments: [NumberEncoding.fixed, .varint, .delta])
    func cut(_ encoding: NumberEncoding) {
        let values = numbers(100, seed: 4)
        let bytes = encoding.encode(values)
        for count in [0, 1, bytes.count / 2, bytes.count - 1] {
            #expect(throws: DamagedColumn.self) { try encoding.decode(Array(bytes.prefix(count)), count: values.count) }
        }
    }

    @Test("dictionaries come back at every width of their numbers", arguments: [0, 1, 2, 256, 257, 65_536, 65_537])
    func dictionary(_ distinct: Int) throws {
        var builder = DictionaryBuilder()
        for value in Array(0..<distinct) + Array(0..<min(distinct, 5)) { builder.append(Array("\(value)".utf8)) }
        let column = builder.column
        #expect(column.strings.count == distinct)
        let decoded = try DictionaryColumn(decoding: column.encode(), count: column.ids.count)
        #expect(decoded.ids == column.ids)
        #expect(decoded.strings.bytes == column.strings.bytes && decoded.strings.ends == column.strings.ends)
    }

    @Test("random bytes are never more than damage")
    func randomBytes() {
        var generator = SplitMix64(seed: 9)
        for length in 0..<400 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? DictionaryColumn(decoding: bytes, count: length)
            _ = try? NumberEncoding.delta.decode(bytes, count: length)
            var cursor = ByteCursor(bytes)
            _ = try? ByteStrings(reading: &cursor)
        }
        var cursor = ByteCursor([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
        #expect(throws: DamagedColumn.self) { try ByteStrings(reading: &cursor) }
    }

    @Test("a compressed column comes back, and one changed bit is damage")
    func checksum() throws {
        let raw = Array(repeating: UInt8(7), count: 1000)
        var column = StoredColumn(
            position: 0, name: "time", encoding: "varint", valueCount: 1000, raw: raw, compressing: true)
        #expect(column.codec.text == "varint+zlib" && column.data.count < 100)
        #expect(try column.raw() == raw)
        column.data[10] ^= 1
        #expect(throws: DamagedColumn.self) { try column.raw() }
    }

    @Test("the checksum is that of zlib", arguments: [("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43)])
    func crc(_ text: String, _ expected: UInt32) {
        #expect(CRC32.checksum(of: Array(text.utf8)) == expected)
        let bytes = Array(text.utf8)
        let half = bytes.count / 2
        let first = CRC32.checksum(of: Array(bytes[..<half]))
        #expect(CRC32.checksum(of: Array(bytes[half...]), after: first) == expected)
    }

    @Test("an interner gives equal strings equal numbers, in order, up to its limit")
    func interner() {
        var interner = Interner()
        var expected: [[UInt8]: UInt32] = [:]
        var generator = SplitMix64(seed: 2)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...20, using: &generator)
            let string = (0..<length).map { _ in UInt8.random(in: 0...2, using: &generator) }
            let number = interner.intern(unsafe string.span.bytes)
            #expect(number == expected[string, default: UInt32(expected.count)])
            expected[string] = number
        }
        let absent: [UInt8] = [9]
        let refused = interner.intern(unsafe absent.span.bytes, limit: expected.count)
        let accepted = interner.intern(unsafe absent.span.bytes, limit: expected.count + 1)
        #expect(refused == nil && accepted == UInt32(expected.count))
    }
}
