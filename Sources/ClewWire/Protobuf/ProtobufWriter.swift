/// Appends protobuf to a buffer, in the canonical form: minimal varints, and lengths that need no second pass.
///
/// A nested message is written in place behind one reserved byte of length; a longer length moves the message by the few
/// bytes that it needs more.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

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
        let text = value.utf8
        varint(UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    mutating func bytes(_ number: UInt32, _ value: [UInt8]) {
        tag(number, .delimited)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
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

    mutating func tag(_ number: UInt32, _ wireType: ProtobufField.WireType) {
        varint(UInt64(number) << 3 | UInt64(wireType.rawValue))
    }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func fixed32(_ value: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func fixed64(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Begins a delimited field; ``end(_:)`` takes what this returns.
    mutating func begin(_ number: UInt32) -> Int {
        tag(number, .delimited)
        bytes.append(0)
        return bytes.count
    }

    /// Ends the delimited field whose content begins at `mark`.
    mutating func end(_ mark: Int) {
        let length = bytes.count - mark
        if length < 0x80 {
            bytes[mark - 1] = UInt8(truncatingIfNeeded: length)
        } else {
            var prefix = ProtobufWriter()
            prefix.varint(UInt64(length))
            bytes.replaceSubrange((mark - 1)..<mark, with: prefix.bytes)
        }
    }

    /// Replaces what was written from an offset on.
    mutating func replace(from offset: Int, with content: [UInt8]) { bytes.replaceSubrange(offset..., with: content) }
}
