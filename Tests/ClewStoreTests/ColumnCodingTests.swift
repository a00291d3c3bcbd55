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

    private func decoded(_ bytes: [UInt8], count: Int) throws -> [UInt64] {
        var cursor = ByteCursor(bytes)
        return try NumberCoding.read(&cursor, count: count)
    }

    @Test("numbers come back whatever their size and how many", arguments: [0, 1, 2, 63, 64, 65, 1000])
    func roundTrip(_ count: Int) throws {
        let random = numbers(count, seed: 3)
        let constant = Array(repeating: UInt64.max - 1, count: count)
        let few = random.map { 1000 + $0 % 3 }
        for values in [random, random + [0, .max], constant, few, random.map { $0 & 0x7F }, random.deltas] {
            var bytes: [UInt8] = []
            NumberCoding.append(values, to: &bytes)
            #expect(try decoded(bytes, count: values.count) == values)
            #expect(values.deltas.sums == values)
        }
    }

    @Test("parents come back, whether they are rows of the page or not")
    func parents() throws {
        var generator = SplitMix64(seed: 8)
        let spanIDs = (0..<500).map { _ in UInt64.random(in: 0...400, using: &generator) }
        let parents = (0..<500).map { _ in UInt64.random(in: 0...600, using: &generator) }
        var bytes: [UInt8] = []
        _ = NumberPage.append(parents, .parents, spanIDs: spanIDs, to: &bytes)
        #expect(try NumberPage.read(ByteCursor(bytes), count: 500) { spanIDs } == parents)
        #expect(throws: DamagedColumn.self) {
            try NumberPage.read(ByteCursor(bytes), count: 500) { Array(spanIDs.prefix(3)) }
        }
    }

    @Test("cut numbers are damage")
    func cut() {
        let values = numbers(100, seed: 4)
        var bytes: [UInt8] = []
        NumberCoding.append(values, to: &bytes)
        for count in [0, 1, bytes.count / 2, bytes.count - 1] {
            #expect(throws: DamagedColumn.self) { try decoded(Array(bytes.prefix(count)), count: values.count) }
        }
    }

    private func read(_ page: [UInt8], shared: ByteStrings = ByteStrings(), maximum: Int) throws -> [[UInt8]] {
        var column = DictionaryColumn(strings: shared)
        try DictionaryPage.read(ByteCursor(page), shared: shared.count, maximumCount: maximum, into: &column)
        return column.ids.map { Array(column.strings[Int($0)]) }
    }

    @Test("strings come back, with strings of their own or shared ones", arguments: [0, 1, 2, 256, 257, 65_537])
    func dictionary(_ distinct: Int) throws {
        var builder = DictionaryBuilder()
        for value in Array(0..<distinct) + Array(0..<min(distinct, 5)) { builder.append(Array("\(value)".utf8)) }
        let column = builder.column
        #expect(column.strings.count == distinct)
        let values = column.ids.map { Array(column.strings[Int($0)]) }
        #expect(try read(DictionaryPage.local(column).bytes, maximum: values.count) == values)
        let shared = DictionaryPage.shared(column.ids).bytes
        #expect(try read(shared, shared: column.strings, maximum: values.count) == values)
        if distinct > 1 {
            #expect(throws: DamagedColumn.self) { try read(shared, maximum: values.count) }
            #expect(throws: DamagedColumn.self) { try read(shared, shared: column.strings, maximum: 1) }
        }
    }

    @Test("integers come back as they were encoded, and what is longer than need be is no integer")
    func integers() throws {
        let values = numbers(300, seed: 5) + [0, .max, 1 << 63]
        let encoded = values.map(EncodedInteger.bytes)
        for (value, bytes) in zip(values, encoded) { #expect(EncodedInteger.value(bytes[...]) == value) }
        let page = DictionaryPage.integers(values.map(\.zigzag)).bytes
        #expect(try read(page, maximum: values.count) == encoded)
        for other: [UInt8] in [[], [0x18], [0x18, 0x80, 0], [0x0A, 1, 65], [0x18, 5, 5]] {
            #expect(EncodedInteger.value(other[...]) == nil)
        }
    }

    @Test("random bytes are never more than damage")
    func randomBytes() {
        var generator = SplitMix64(seed: 9)
        for length in 0..<400 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? read(bytes, shared: ByteStrings(["a", "b"]), maximum: 1000)
            _ = try? NumberPage.read(ByteCursor(bytes), count: length) { [] }
            _ = try? Chunk.open(bytes, 0..<bytes.count)
            _ = try? ColumnDirectory(reading: bytes, rowCount: 2000, byteCount: 4000)
            _ = try? Fingerprints(reading: ByteCursor(bytes), rowCount: 2000)
            var header = ByteCursor(bytes)
            _ = try? BlockHeader(reading: &header)
            var cursor = ByteCursor(bytes)
            _ = try? ByteStrings(reading: &cursor)
        }
        var cursor = ByteCursor([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
        #expect(throws: DamagedColumn.self) { try ByteStrings(reading: &cursor) }
    }

    @Test("a chunk comes back, compressed where that gains something")
    func chunk() throws {
        let raw = Array(repeating: UInt8(7), count: 1000)
        let sealed = Chunk.seal(raw, compressing: true)
        #expect(sealed.count < 100)
        #expect(try open(sealed) == raw)
        #expect(try open(Chunk.seal(raw, compressing: false)) == raw)
        #expect(throws: DamagedColumn.self) { try open(Array(sealed.dropLast())) }
        #expect(throws: DamagedColumn.self) { try open([9, 1, 2]) }
    }

    private func open(_ chunk: [UInt8]) throws -> [UInt8] {
        var cursor = try Chunk.open(chunk, 0..<chunk.count)
        return Array(try cursor.take(cursor.remaining))
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
