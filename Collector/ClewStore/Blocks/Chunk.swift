import ClewWire

/// A page of a column or what its pages share, ready to be written: a byte that says whether it is compressed, then the bytes,
/// if compressed behind a varint that is their size before.
enum Chunk {
    private enum Form: UInt8 {
        case plain = 0
        /// RFC 1950.
        case zlib = 1
    }

    /// Level 6 saves 2 % more and takes three times as long.
    static let compressionLevel = 1
    /// Below this, a stream's own overhead eats what it saves.
    private static let leastCompressed = 48
    /// No chunk is larger before compression: a page has a bounded number of rows, and a request a bounded size.
    private static let maximumSize = 1 << 30

    static func seal(_ raw: [UInt8], compressing: Bool) -> [UInt8] {
        if compressing, raw.count >= leastCompressed,
            let compressed = try? Zlib.compress(raw, level: compressionLevel), compressed.count + 4 < raw.count
        {
            var output = [Form.zlib.rawValue]
            output.appendVarint(UInt64(raw.count))
            return output + compressed
        }
        return [Form.plain.rawValue] + raw
    }

    /// - Returns: A cursor over the bytes before compression.
    static func open(_ bytes: [UInt8], _ range: Range<Int>) throws(DamagedColumn) -> ByteCursor {
        var cursor = ByteCursor(bytes, range)
        switch Form(rawValue: try cursor.byte()) {
        case .plain?: return cursor
        case .zlib?:
            let size = try cursor.varint()
            guard size <= UInt64(maximumSize) else { throw DamagedColumn("a page of \(size) bytes") }
            do {
                let compressed = unsafe bytes.span.bytes.extracting(cursor.offset..<range.upperBound)
                return ByteCursor(try Zlib.decompress(compressed, size: Int(size)))
            } catch {
                throw DamagedColumn("a page does not decompress: \(error)")
            }
        case nil: throw DamagedColumn("a page is compressed in an unknown way")
        }
    }
}
