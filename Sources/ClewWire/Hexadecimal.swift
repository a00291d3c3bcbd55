import ClewModel

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    /// In lower case.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { [.hexDigit($0 >> 4), .hexDigit($0 & 15)] }
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
