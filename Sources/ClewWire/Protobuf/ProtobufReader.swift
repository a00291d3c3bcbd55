/// A position in protobuf bytes, and the end of the message that is being read.
///
/// The reader holds no bytes: each call is given the whole input again. So a reader of a nested message is two integers,
/// offsets in errors count from the start of the input, and no lifetime has to be tracked.
///
/// Invariant: `0 <= offset <= end <= bytes.byteCount`. Every read checks against `end` first; a broken invariant would
/// trap in the bounds check of `RawSpan`, never read beyond the input.
@usableFromInline
struct ProtobufReader {
    @usableFromInline var offset: Int
    @usableFromInline let end: Int

    /// Reads the message that fills a range of the input.
    @inlinable
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    @inlinable var isAtEnd: Bool { offset >= end }

    /// The next field with its value, or `nil` at the end of the message.
    @inlinable
    mutating func next(_ bytes: RawSpan) throws(WireError) -> ProtobufField? {
        guard offset < end else { return nil }
        let start = offset
        let tag = try varint(bytes)
        guard tag >> 3 != 0, tag <= UInt64(UInt32.max) else { throw .invalidTag(at: start) }
        let number = UInt32(truncatingIfNeeded: tag >> 3)
        switch tag & 7 {
        case 0:
            let value = try varint(bytes)
            return ProtobufField(number: number, wireType: .varint, bits: value, range: offset..<offset, offset: start)
        case 1:
            let value = try fixed64(bytes)
            return ProtobufField(number: number, wireType: .fixed64, bits: value, range: offset..<offset, offset: start)
        case 2:
            let length = try varint(bytes)
            guard length <= UInt64(end - offset) else {
                throw .truncated("a field of \(length) bytes", at: start)
            }
            let range = offset..<(offset + Int(length))
            offset = range.upperBound
            return ProtobufField(number: number, wireType: .delimited, bits: 0, range: range, offset: start)
        case 5:
            let value = UInt64(try fixed32(bytes))
            return ProtobufField(number: number, wireType: .fixed32, bits: value, range: offset..<offset, offset: start)
        default: throw .invalidTag(at: start)
        }
    }

    @inlinable
    mutating func varint(_ bytes: RawSpan) throws(WireError) -> UInt64 {
        if offset < end {
            let first = bytes.byte(at: offset)
            if first < 0x80 {
                offset += 1
                return UInt64(first)
            }
        }
        return try longVarint(bytes)
    }

    /// A varint of any length: at most ten bytes, of which the tenth carries one bit.
    @usableFromInline
    mutating func longVarint(_ bytes: RawSpan) throws(WireError) -> UInt64 {
        let start = offset
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard offset < end else { throw .truncated("a varint", at: start) }
            let byte = bytes.byte(at: offset)
            offset += 1
            if shift == 63, byte > 1 { break }
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
        }
        throw WireError(.malformed, "a varint is longer than 64 bits", at: start)
    }

    @inlinable
    mutating func fixed32(_ bytes: RawSpan) throws(WireError) -> UInt32 {
        guard end - offset >= 4 else { throw .truncated("a 4-byte value", at: offset) }
        defer { offset += 4 }
        return UInt32(littleEndian: bytes.word32(at: offset))
    }

    @inlinable
    mutating func fixed64(_ bytes: RawSpan) throws(WireError) -> UInt64 {
        guard end - offset >= 8 else { throw .truncated("an 8-byte value", at: offset) }
        defer { offset += 8 }
        return UInt64(littleEndian: bytes.word64(at: offset))
    }
}

extension RawSpan {
    /// The range of all bytes.
    @inlinable var all: Range<Int> { 0..<byteCount }
}

extension WireError {
    @usableFromInline @inline(never)
    static func truncated(_ what: @autoclosure () -> String, at offset: Int) -> WireError {
        WireError(.truncated, "\(what()) does not fit in what is left of its message", at: offset)
    }

    @usableFromInline @inline(never)
    static func invalidTag(at offset: Int) -> WireError {
        WireError(.malformed, "not a protobuf field: field number 0, or a wire type other than 0, 1, 2, 5", at: offset)
    }
}
