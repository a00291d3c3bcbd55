/// Appends JSON text to a buffer and puts the commas and line breaks in.
struct JSONWriter: ~Copyable {
    private var buffer: ByteBuffer
    private let pretty: Bool
    private var depth = 0
    private var isFirst = true

    /// - Parameter capacity: How many bytes to have room for from the start.
    init(pretty: Bool, capacity: Int) {
        self.pretty = pretty
        buffer = ByteBuffer(capacity: capacity)
    }

    /// A copy of all that was written.
    var bytes: [UInt8] { buffer.copy() }

    @inline(__always)
    mutating func begin(_ bracket: Unicode.Scalar) {
        buffer.append(UInt8(ascii: bracket))
        depth += 1
        isFirst = true
    }

    @inline(__always)
    mutating func end(_ bracket: Unicode.Scalar) {
        depth -= 1
        if pretty && !isFirst { lineBreak() }
        buffer.append(UInt8(ascii: bracket))
        isFirst = false
    }

    /// Begins an element of an array.
    @inline(__always)
    mutating func element() {
        if !isFirst { buffer.append(UInt8(ascii: ",")) }
        if pretty { lineBreak() }
        isFirst = false
    }

    /// Begins an entry of an object.
    @inline(__always)
    mutating func name(_ name: QuotedName) {
        if pretty {
            element()
            buffer.append(UInt8(ascii: "\""))
        } else {
            // A quote, or a comma and a quote.
            buffer.append(isFirst ? 0x22 : 0x222C, count: isFirst ? 1 : 2)
            isFirst = false
        }
        name.name.append(name.length + 1, to: &buffer)
        buffer.append(UInt8(ascii: ":"))
        if pretty { buffer.append(UInt8(ascii: " ")) }
    }

    /// Text as it is, without quotes.
    mutating func bare(_ text: String) { buffer.append(utf8: text) }

    mutating func number(_ value: Int64) {
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        decimal(value.magnitude)
    }

    /// A number in quotes, as the JSON of 64-bit integers is.
    mutating func quotedNumber(_ value: Int64) {
        buffer.append(UInt8(ascii: "\""))
        number(value)
        buffer.append(UInt8(ascii: "\""))
    }

    mutating func quotedNumber(_ value: UInt64) {
        buffer.append(UInt8(ascii: "\""))
        decimal(value)
        buffer.append(UInt8(ascii: "\""))
    }

    /// Bytes as a string of hexadecimal digits.
    mutating func hexadecimal(_ bytes: RawSpan, _ range: Range<Int>) {
        buffer.append(UInt8(ascii: "\""))
        Hexadecimal.encode(bytes, range, into: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    /// Bytes as a string in base64.
    mutating func base64(_ bytes: RawSpan, _ range: Range<Int>) {
        buffer.append(UInt8(ascii: "\""))
        Base64.encode(bytes, range, into: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    /// A string in valid UTF-8, with what JSON does not allow in it escaped; eight bytes at a time.
    mutating func string(_ bytes: RawSpan, _ range: Range<Int>) {
        buffer.append(UInt8(ascii: "\""))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = min(range.upperBound - offset, 8)
            let word = Self.word(bytes, offset, count)
            // Eight where nothing is special; and what is behind the string does not count.
            let plain = min(JSONWord.special(word).trailingZeroBitCount / 8, count)
            buffer.append(word, count: plain)
            offset += plain
            if plain < count {
                escape(bytes.byte(at: offset))
                offset += 1
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    /// A number of bytes, the first one in the lowest byte; what is above them is undefined.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int, _ count: Int) -> UInt64 {
        if bytes.byteCount - offset >= 8 { return UInt64(littleEndian: bytes.word64(at: offset)) }
        return (0..<count).reduce(0) { $0 | UInt64(bytes.byte(at: offset + $1)) << UInt64($1 * 8) }
    }

    private mutating func escape(_ byte: UInt8) {
        buffer.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): buffer.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): buffer.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): buffer.append(UInt8(ascii: "t"))
        case 0..<0x20:
            buffer.append(utf8: "u00")
            buffer.append(UInt64(JSONWord.hexadecimal(UInt32(byte))), count: 2)
        default: buffer.append(byte)
        }
    }

    private mutating func decimal(_ value: UInt64) {
        guard value >= 100_000_000 else {
            let digits = JSONWord.digits(UInt32(truncatingIfNeeded: value))
            // The last digit is written even where it is zero.
            let zeros = min(digits.trailingZeroBitCount / 8, 7)
            return buffer.append((digits | JSONWord.zeros) >> UInt64(zeros * 8), count: 8 - zeros)
        }
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        decimal(high)
        buffer.append(littleEndian: JSONWord.digits(UInt32(truncatingIfNeeded: low)) | JSONWord.zeros)
    }

    private mutating func lineBreak() {
        buffer.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { buffer.append(0x2020, count: 2) }
    }
}
