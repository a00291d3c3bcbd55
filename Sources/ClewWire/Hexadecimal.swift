import ClewModel

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    /// Appends the digits in lower case.
    static func encode(_ bytes: RawSpan, _ range: Range<Int>, into buffer: inout ByteBuffer) {
        var offset = range.lowerBound
        while range.upperBound - offset >= 4 {
            buffer.append(littleEndian: JSONWord.hexadecimal(UInt32(littleEndian: bytes.word32(at: offset))))
            offset += 4
        }
        while offset < range.upperBound {
            buffer.append(JSONWord.hexadecimal(UInt32(bytes.byte(at: offset))), count: 2)
            offset += 1
        }
    }

    /// Appends what digits of either case stand for; `false`, with anything appended, for other characters or an odd number
    /// of them.
    static func decode(_ text: RawSpan, _ range: Range<Int>, into writer: inout ProtobufWriter) -> Bool {
        guard range.count % 2 == 0 else { return false }
        var offset = range.lowerBound
        while range.upperBound - offset >= 8 {
            guard let bytes = JSONWord.hexadecimal(UInt64(littleEndian: text.word64(at: offset))) else { return false }
            writer.fixed32(bytes)
            offset += 8
        }
        while offset < range.upperBound {
            guard let high = text.byte(at: offset).hexNibble, let low = text.byte(at: offset + 1).hexNibble else {
                return false
            }
            writer.byte(high << 4 | low)
            offset += 2
        }
        return true
    }
}
