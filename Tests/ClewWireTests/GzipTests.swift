import ClewModel
import ClewWire
import Testing

@Suite("Compression")
struct GzipTests {
    private static func sample(_ count: Int) -> [UInt8] {
        var generator = SplitMix64(seed: UInt64(count))
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() % 23) }
    }

    @Test(
        "what is compressed decompresses to the same bytes", arguments: [0, 1, 100, 65_535, 65_536, 300_000], [1, 6, 9])
    func roundTrip(count: Int, level: Int) throws {
        let bytes = Self.sample(count)
        #expect(try Gzip.decompress(try Gzip.compress(bytes, level: level), limit: count) == bytes)
        #expect(try Zlib.decompress(try Zlib.compress(bytes, level: level), size: count) == bytes)
    }

    @Test("concatenated members decompress to their concatenation")
    func members() throws {
        let (first, second) = (Self.sample(1000), Self.sample(70_000))
        let bytes = try Gzip.compress(first) + Gzip.compress(second)
        #expect(try Gzip.decompress(bytes, limit: 71_000) == first + second)
    }

    @Test("a bomb stops at the limit")
    func bomb() throws {
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 10_000_000), level: 9)
        #expect(bomb.count < 11_000)
        let error = #expect(throws: WireError.self) { try Gzip.decompress(bomb, limit: 100_000) }
        #expect(error?.code == .tooLarge)
        let twice = try Gzip.compress(Self.sample(60_000)) + Gzip.compress(Self.sample(60_000))
        #expect(throws: WireError.self) { try Gzip.decompress(twice, limit: 100_000) }
    }

    @Test("a gzip stream cut at any byte is truncated")
    func truncated() throws {
        let bytes = try Gzip.compress(Self.sample(500))
        for count in 0..<bytes.count {
            let error = #expect(throws: WireError.self) { try Gzip.decompress(Array(bytes[..<count]), limit: 1000) }
            #expect(error?.code == .truncated, "cut at \(count)")
        }
    }

    @Test("a wrong checksum, trailing bytes and other formats are malformed")
    func malformed() throws {
        let good = try Gzip.compress(Self.sample(500))
        var checksum = good
        checksum[good.count - 8] ^= 1
        for bad in [checksum, good + [1, 2, 3, 4], Array("not gzip at all".utf8), try Zlib.compress(Self.sample(9))] {
            let error = #expect(throws: WireError.self) { try Gzip.decompress(bad, limit: 1000) }
            #expect(error?.code == .malformed)
        }
        let trailing = try Zlib.compress(Self.sample(9)) + [0]
        #expect(throws: WireError.self) { try Zlib.decompress(trailing, size: 9) }
        #expect(throws: WireError.self) { try Zlib.decompress(try Zlib.compress(Self.sample(9)), size: 10) }
    }

    @Test(
        "one state compresses and decompresses many inputs as if each were the first",
        arguments: [CompressionFormat.gzip, .zlib])
    func reuse(format: CompressionFormat) throws {
        var deflater = try Deflater(format)
        let inflater = try Inflater(format)
        for count in [4096, 0, 1, 100_000, 4096, 64] {
            let bytes = Self.sample(count)
            let packed = try deflater.compress(bytes)
            #expect(try packed == (format == .gzip ? Gzip.compress(bytes) : Zlib.compress(bytes)))
            #expect(try inflater.decompress(packed, size: count) == bytes)
            #expect(try inflater.decompress(packed, limit: count) == bytes)
            // What was refused leaves nothing behind.
            #expect(throws: WireError.self) { try inflater.decompress(Array(packed.dropLast()), size: count) }
            #expect(throws: WireError.self) { try inflater.decompress(packed, size: count + 1) }
            #expect(throws: WireError.self) { try inflater.decompress(packed, size: count - 1) }
        }
    }

    @Test("a size that no input has is refused, not allocated", arguments: [Int.min, -1, 1 << 40, .max])
    func absurdSize(size: Int) throws {
        let packed = try Zlib.compress(Self.sample(100))
        #expect(throws: WireError.self) { try Zlib.decompress(packed, size: size) }
    }

    @Test("what gzip says of its size is only a hint", arguments: [0, 1, 0xFFFF_FFFF] as [UInt32])
    func announcedSize(size: UInt32) throws {
        // An empty member at the end, whose announced size is not what all members have together.
        let bytes = try Gzip.compress(Self.sample(200_000)) + Gzip.compress([])
        #expect(try Gzip.decompress(bytes, limit: 1 << 20) == Self.sample(200_000))
        var wrong = try Gzip.compress(Self.sample(1000))
        wrong.replaceSubrange((wrong.count - 4)..., with: (0..<4).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) })
        let error = #expect(throws: WireError.self) { try Gzip.decompress(wrong, limit: 1 << 20) }
        #expect(error?.code == .malformed)
    }

    private func append(_ part: [UInt8], to inflater: Inflater, _ output: inout [UInt8], limit: Int) throws {
        try inflater.append(unsafe part.span.bytes, to: &output, limit: limit)
    }

    @Test(
        "a stream that comes in parts decompresses to the same bytes, and the next one after it",
        arguments: [1, 7, 1000])
    func parts(size: Int) throws {
        let inflater = try Inflater(.gzip)
        for count in [0, 10, 3000, 200_000] {
            let (first, second) = (Self.sample(count), Self.sample(500))
            let compressed = try Gzip.compress(first) + Gzip.compress(second)
            var output: [UInt8] = []
            for start in stride(from: 0, to: compressed.count, by: size) {
                let part = Array(compressed[start..<min(compressed.count, start + size)])
                try append(part, to: inflater, &output, limit: count + 500)
            }
            try inflater.finish()
            #expect(output == first + second)
            // The next stream begins anew in the middle of this one.
            inflater.reset()
            try append(Array(compressed.prefix(15)), to: inflater, &output, limit: 1_000_000)
            #expect(throws: WireError.self) { try inflater.finish() }
            inflater.reset()
        }
    }

    @Test("a bomb that comes in parts stops at the limit")
    func bombInParts() throws {
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 10_000_000), level: 9)
        let inflater = try Inflater(.gzip)
        var output: [UInt8] = []
        let error = try #require(throws: WireError.self) {
            for byte in bomb { try append([byte], to: inflater, &output, limit: 100_000) }
        }
        #expect(error.code == .tooLarge && output.count == 100_001)
    }

    @Test("the checksum is that of zlib", arguments: [("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43)])
    func crc(_ text: String, _ expected: UInt32) {
        #expect(CRC32.checksum(of: Array(text.utf8)) == expected)
        let bytes = Array(text.utf8)
        let half = bytes.count / 2
        let first = CRC32.checksum(of: Array(bytes[..<half]))
        #expect(CRC32.checksum(of: Array(bytes[half...]), after: first) == expected)
    }
}
