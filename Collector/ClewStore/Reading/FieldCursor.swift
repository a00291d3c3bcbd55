/// Walks the fields of an encoded message without making anything of them.
struct FieldCursor {
    struct Field {
        var number: UInt64
        /// Where the content lies: of a delimited field without its length.
        var content: Range<Int>
        /// The value of a field that is one varint, otherwise zero.
        var varint: UInt64 = 0
    }

    private(set) var offset: Int
    private let end: Int

    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next field, or `nil` at the end.
    mutating func next(_ bytes: borrowing Swift.Span<UInt8>) throws(DamagedColumn) -> Field? {
        guard offset < end else { return nil }
        let tag = try varint(bytes)
        let start = offset
        switch tag & 7 {
        case 0:
            let value = try varint(bytes)
            return Field(number: tag >> 3, content: start..<offset, varint: value)
        case 1: return Field(number: tag >> 3, content: try take(8))
        case 2: return Field(number: tag >> 3, content: try take(try varint(bytes)))
        case 5: return Field(number: tag >> 3, content: try take(4))
        default: throw DamagedColumn("a message has a field of wire type \(tag & 7)")
        }
    }

    /// A length and that many bytes.
    mutating func delimited(_ bytes: borrowing Swift.Span<UInt8>) throws(DamagedColumn) -> Range<Int> {
        try take(try varint(bytes))
    }

    var isAtEnd: Bool { offset >= end }

    private mutating func take(_ count: UInt64) throws(DamagedColumn) -> Range<Int> {
        guard count <= UInt64(end - offset) else { throw DamagedColumn("a message ends early") }
        let start = offset
        offset += Int(count)
        return start..<offset
    }

    private mutating func varint(_ bytes: borrowing Swift.Span<UInt8>) throws(DamagedColumn) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw DamagedColumn("a varint of a message does not end")
    }
}
