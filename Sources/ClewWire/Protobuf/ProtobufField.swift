/// A field of a protobuf message: its number and its value, which for strings and messages is a range of the input.
@usableFromInline
struct ProtobufField {
    /// The wire types that OTLP uses; groups (3 and 4) are not among them.
    @usableFromInline
    enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case delimited = 2
        case fixed32 = 5
    }

    @usableFromInline let number: UInt32
    @usableFromInline let wireType: WireType
    /// The value of a varint or fixed-size field, zero-extended.
    @usableFromInline let bits: UInt64
    /// The content of a delimited field.
    @usableFromInline let range: Range<Int>
    /// Where the field begins.
    @usableFromInline let offset: Int

    @inlinable
    init(number: UInt32, wireType: WireType, bits: UInt64, range: Range<Int>, offset: Int) {
        self.number = number
        self.wireType = wireType
        self.bits = bits
        self.range = range
        self.offset = offset
    }

    /// Throws unless the field has this wire type.
    ///
    /// Other readers skip such a field; here it is an error, because what it carried would be lost without a word.
    @inlinable
    func expect(_ expected: WireType) throws(WireError) {
        guard wireType == expected else { throw unexpectedWireType(expected) }
    }

    @usableFromInline @inline(never)
    func unexpectedWireType(_ expected: WireType) -> WireError {
        WireError(
            .malformed, "field \(number) has wire type \(wireType.rawValue), expected \(expected.rawValue)", at: offset)
    }

    @inlinable
    func varint() throws(WireError) -> UInt64 {
        try expect(.varint)
        return bits
    }

    /// A `uint32`; as protobuf prescribes, higher bits are dropped.
    @inlinable
    func uint32() throws(WireError) -> UInt32 { UInt32(truncatingIfNeeded: try varint()) }

    @inlinable
    func fixed64() throws(WireError) -> UInt64 {
        try expect(.fixed64)
        return bits
    }

    @inlinable
    func fixed32() throws(WireError) -> UInt32 {
        try expect(.fixed32)
        return UInt32(truncatingIfNeeded: bits)
    }

    func double() throws(WireError) -> Double { Double(bitPattern: try fixed64()) }

    /// The range of a nested message or of bytes.
    @inlinable
    func delimited() throws(WireError) -> Range<Int> {
        try expect(.delimited)
        return range
    }

    /// The range of a string, validated as UTF-8.
    @inlinable
    func string(_ bytes: RawSpan) throws(WireError) -> Range<Int> {
        try expect(.delimited)
        try UTF8Validation.check(bytes, range)
        return range
    }

    /// A copy of a string, validated as UTF-8.
    func text(_ bytes: RawSpan) throws(WireError) -> String {
        String(copying: bytes.extracting(try string(bytes)))
    }
}
