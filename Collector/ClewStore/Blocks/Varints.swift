extension [UInt8] {
    /// Appends a little-endian base-128 varint, as in protobuf.
    @inline(__always)
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends borrowed bytes.
    @inline(__always)
    mutating func append(_ span: RawSpan) {
        // The pointer does not leave the closure, and the span keeps its memory alive during it.
        unsafe span.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }

    /// Appends a number as little-endian bytes, as many as its type has.
    @inline(__always)
    mutating func appendFixed<Value: FixedWidthInteger>(_ value: Value) {
        // The pointer does not leave the closure.
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
    }
}

extension UInt64 {
    /// Maps a difference to a small number whether it is positive or negative: 0, -1, 1, -2 become 0, 1, 2, 3.
    @inline(__always)
    var zigzag: UInt64 {
        let signed = Int64(bitPattern: self)
        return UInt64(bitPattern: (signed << 1) ^ (signed >> 63))
    }

    @inline(__always)
    var unzigzag: UInt64 { (self >> 1) ^ (0 &- (self & 1)) }
}

/// Why the bytes of a column cannot be used.
struct DamagedColumn: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Reads the bytes of a column from front to back; running out of bytes is damage, never a trap.
struct ByteCursor {
    let bytes: [UInt8]
    private(set) var offset: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes, 0..<bytes.count)
    }

    /// Reads a part of the bytes as if there were no others.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        (offset, end) = (range.lowerBound, range.upperBound)
    }

    var remaining: Int { end - offset }

    mutating func varint() throws(DamagedColumn) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw DamagedColumn("a varint at byte \(offset) does not end")
    }

    /// A varint that counts things of at least one byte each, so it cannot exceed what remains.
    mutating func count() throws(DamagedColumn) -> Int {
        let value = try varint()
        guard value <= UInt64(remaining) else { throw DamagedColumn("a count of \(value) exceeds the column") }
        return Int(value)
    }

    mutating func byte() throws(DamagedColumn) -> UInt8 {
        guard offset < end else { throw DamagedColumn("the column ends early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func take(_ count: Int) throws(DamagedColumn) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw DamagedColumn("the column ends early") }
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    mutating func skip(_ count: Int) throws(DamagedColumn) {
        guard count >= 0, count <= remaining else { throw DamagedColumn("the column ends early") }
        offset += count
    }

    /// A little-endian number of `width` bytes, at most 8.
    mutating func fixed(width: Int) throws(DamagedColumn) -> UInt64 {
        guard width <= remaining else { throw DamagedColumn("the column ends early") }
        defer { offset += width }
        if width == 8 { return unsafe bytes.span.bytes.word(at: offset) }
        if width == 4 { return unsafe bytes.span.bytes.halfWord(at: offset) }
        var value: UInt64 = 0
        for index in 0..<width { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        return value
    }
}
