/// Appends protobuf to a buffer, in the canonical form: minimal varints, and lengths that need no second pass.
///
/// A nested message is written in place behind one reserved byte of length; a longer length moves the message by the few
/// bytes that it needs more.
struct ProtobufWriter: ~Copyable {
    private(set) var buffer: ByteBuffer

    /// - Parameter capacity: How many bytes to have room for from the start.
    init(capacity: Int = 256) { buffer = ByteBuffer(capacity: capacity) }

    /// A copy of all that was written.
    var bytes: [UInt8] { buffer.copy() }

    // MARK: fields, written whatever their value

    mutating func varint(_ number: UInt32, _ value: UInt64) {
        tag(number, .varint)
        varint(value)
    }

    mutating func fixed32(_ number: UInt32, _ value: UInt32) {
        tag(number, .fixed32)
        fixed32(value)
    }

    mutating func fixed64(_ number: UInt32, _ value: UInt64) {
        tag(number, .fixed64)
        fixed64(value)
    }

    mutating func double(_ number: UInt32, _ value: Double) { fixed64(number, value.bitPattern) }

    mutating func string(_ number: UInt32, _ value: String) {
        tag(number, .delimited)
        varint(UInt64(value.utf8.count))
        buffer.append(utf8: value)
    }

    mutating func bytes(_ number: UInt32, _ value: [UInt8]) {
        tag(number, .delimited)
        varint(UInt64(value.count))
        buffer.append(copying: value)
    }

    mutating func bytes(_ number: UInt32, copying value: RawSpan) {
        tag(number, .delimited)
        varint(UInt64(value.byteCount))
        buffer.append(copying: value)
    }

    mutating func message(_ number: UInt32, _ body: (inout ProtobufWriter) -> Void) {
        let mark = begin(number)
        body(&self)
        end(mark)
    }

    // MARK: fields of implicit presence: left out where they have their default

    mutating func nonZeroVarint(_ number: UInt32, _ value: UInt64) {
        if value != 0 { varint(number, value) }
    }

    mutating func nonZeroFixed32(_ number: UInt32, _ value: UInt32) {
        if value != 0 { fixed32(number, value) }
    }

    mutating func nonZeroFixed64(_ number: UInt32, _ value: UInt64) {
        if value != 0 { fixed64(number, value) }
    }

    mutating func nonEmptyString(_ number: UInt32, _ value: String) {
        if !value.isEmpty { string(number, value) }
    }

    // MARK: parts

    @inline(__always)
    mutating func tag(_ number: UInt32, _ wireType: ProtobufField.WireType) {
        varint(UInt64(number) << 3 | UInt64(wireType.rawValue))
    }

    @inline(__always)
    mutating func varint(_ value: UInt64) { buffer.append(varint: value) }

    mutating func byte(_ value: UInt8) { buffer.append(value) }

    mutating func fixed32(_ value: UInt32) { buffer.append(littleEndian: value) }

    mutating func fixed64(_ value: UInt64) { buffer.append(littleEndian: value) }

    /// Begins a delimited field; ``end(_:)`` takes what this returns.
    mutating func begin(_ number: UInt32) -> Int {
        tag(number, .delimited)
        buffer.append(0)
        return buffer.count
    }

    /// Ends the delimited field whose content begins at `mark`.
    mutating func end(_ mark: Int) {
        let length = buffer.count - mark
        guard length >= 0x80 else { return buffer.set(UInt8(truncatingIfNeeded: length), at: mark - 1) }
        let more = (63 - length.leadingZeroBitCount) / 7
        buffer.openGap(of: more, at: mark)
        for index in 0...more {
            let isLast: UInt8 = index == more ? 0 : 0x80
            buffer.set(UInt8(truncatingIfNeeded: length >> (7 * index)) & 0x7F | isLast, at: mark - 1 + index)
        }
    }

    /// Puts the fields of a message, which were written from an offset to the end, in the order of their numbers.
    ///
    /// - Throws: Where something else than fields was written there.
    mutating func sortFields(from start: Int) throws(WireError) {
        let content = buffer.copy(from: start)
        var fields: [(number: UInt32, range: Range<Int>)] = []
        var reader = ProtobufReader(content.indices)
        // Safe: bytes of an array have no padding.
        while let field = try reader.next(unsafe content.span.bytes) {
            fields.append((field.number, field.offset..<reader.offset))
        }
        fields.sort { ($0.number, $0.range.lowerBound) < ($1.number, $1.range.lowerBound) }
        buffer.removeAll(from: start)
        for field in fields { buffer.append(copying: unsafe content.span.bytes.extracting(field.range)) }
    }
}
