import ClewWire

/// A column as it lies in the database.
struct StoredColumn: Sendable {
    /// What was done to the values; the text is part of the on-disk format.
    struct Codec: Sendable, Equatable {
        /// `constant`, `fixed`, `varint`, `delta`, `dictionary` or `strings`.
        var encoding: String
        var isCompressed: Bool

        private static let compression = "+zlib"

        init(encoding: String, isCompressed: Bool) {
            self.encoding = encoding
            self.isCompressed = isCompressed
        }

        init(text: String) {
            isCompressed = text.hasSuffix(Self.compression)
            encoding = isCompressed ? String(text.dropLast(Self.compression.count)) : text
        }

        var text: String { isCompressed ? encoding + Self.compression : encoding }
    }

    /// See ``BlockColumn``.
    var position: Int
    var name: String
    var codec: Codec
    var valueCount: Int
    /// Bytes before compression.
    var rawSize: Int
    /// See ``expectedChecksum``.
    var checksum: UInt32
    var data: [UInt8]

    static let dictionaryEncoding = "dictionary"
    static let stringsEncoding = "strings"
}

extension StoredColumn {
    /// Level 6 saves 2 % more and takes three times as long.
    private static let compressionLevel = 1
    /// Below this, a stream's own overhead eats what it saves.
    private static let leastCompressed = 64

    init(position: Int, name: String, encoding: String, valueCount: Int, raw: [UInt8], compressing: Bool) {
        let worthwhile = compressing && raw.count >= Self.leastCompressed
        let compressed = worthwhile ? try? Zlib.compress(raw, level: Self.compressionLevel) : nil
        let smaller = compressed.flatMap { $0.count < raw.count ? $0 : nil }
        self.init(
            position: position,
            name: name,
            codec: Codec(encoding: encoding, isCompressed: smaller != nil),
            valueCount: valueCount,
            rawSize: raw.count,
            checksum: 0,
            data: smaller ?? raw
        )
        checksum = expectedChecksum
    }

    /// CRC-32 of ``data``, then ``valueCount`` and ``rawSize`` as 8 little-endian bytes each, then the codec's text.
    private var expectedChecksum: UInt32 {
        var tail: [UInt8] = []
        tail.appendFixed(UInt64(clamping: valueCount))
        tail.appendFixed(UInt64(clamping: rawSize))
        tail += codec.text.utf8
        return CRC32.checksum(of: tail, after: CRC32.checksum(of: data))
    }

    /// The bytes before compression, if the checksum is right.
    func raw() throws(DamagedColumn) -> [UInt8] {
        guard expectedChecksum == checksum else { throw DamagedColumn("column '\(name)': wrong checksum") }
        guard codec.isCompressed else { return data }
        do {
            return try Zlib.decompress(data, size: rawSize)
        } catch {
            throw DamagedColumn("column '\(name)': \(error)")
        }
    }

    func numbers(count: Int) throws(DamagedColumn) -> [UInt64] {
        guard let encoding = NumberEncoding(rawValue: codec.encoding) else { throw unexpectedCodec }
        return try encoding.decode(raw(), count: count)
    }

    func dictionary() throws(DamagedColumn) -> DictionaryColumn {
        guard codec.encoding == Self.dictionaryEncoding else { throw unexpectedCodec }
        return try DictionaryColumn(decoding: raw(), count: valueCount)
    }

    func strings(count: Int) throws(DamagedColumn) -> ByteStrings {
        guard codec.encoding == Self.stringsEncoding else { throw unexpectedCodec }
        var cursor = ByteCursor(try raw())
        let strings = try ByteStrings(reading: &cursor)
        guard strings.count == count else { throw DamagedColumn("column '\(name)': \(strings.count) of \(count) rows") }
        return strings
    }

    private var unexpectedCodec: DamagedColumn { DamagedColumn("column '\(name)': unexpected codec '\(codec.text)'") }
}
