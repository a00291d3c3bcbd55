/// Validation of UTF-8 without making a `String`.
@usableFromInline
enum UTF8Validation {
    /// Throws ``WireError/Code/invalidUTF8`` at the first byte of the first ill-formed sequence in the range.
    @usableFromInline
    static func check(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) {
        guard !isASCII(bytes, range), let offset = firstInvalid(bytes, range) else { return }
        throw WireError(.invalidUTF8, "a string is not valid UTF-8", at: offset)
    }

    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Eight bytes at a time, the last eight overlapping those before: no loop over single bytes but in short strings.
    private static func isASCII(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        var bits: UInt64 = 0
        var offset = range.lowerBound
        if range.count >= 8 {
            while offset + 8 <= range.upperBound {
                bits |= bytes.word64(at: offset)
                offset += 8
            }
            bits |= bytes.word64(at: range.upperBound - 8)
        } else {
            while offset < range.upperBound {
                bits |= UInt64(bytes.byte(at: offset))
                offset += 1
            }
        }
        return bits & highBits == 0
    }

    private static func firstInvalid(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard let length = sequenceLength(bytes, offset, range.upperBound) else { return offset }
            offset += length
        }
        return nil
    }

    /// The length of the well-formed sequence at an offset, by the Unicode Standard's table 3-7; `nil` for none.
    private static func sequenceLength(_ bytes: RawSpan, _ offset: Int, _ end: Int) -> Int? {
        let first = bytes.byte(at: offset)
        guard first >= 0x80 else { return 1 }
        let (length, second): (Int, ClosedRange<UInt8>)
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard end - offset >= length, second.contains(bytes.byte(at: offset + 1)) else { return nil }
        for index in 2..<max(length, 2) where !(0x80...0xBF).contains(bytes.byte(at: offset + index)) { return nil }
        return length
    }
}
