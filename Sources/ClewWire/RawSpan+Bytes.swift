extension RawSpan {
    /// The byte at an offset.
    @inlinable
    func byte(at offset: Int) -> UInt8 {
        // Safe: the load checks its bounds, and every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The four bytes from an offset as they are in memory.
    @inlinable
    func word32(at offset: Int) -> UInt32 {
        // Safe: the load checks its bounds, and every bit pattern is a UInt32.
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    /// The eight bytes from an offset as they are in memory.
    @inlinable
    func word64(at offset: Int) -> UInt64 {
        // Safe: the load checks its bounds, and every bit pattern is a UInt64.
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}

extension [UInt8] {
    /// A copy of the bytes.
    public init(copying bytes: RawSpan) {
        // Safe: the pointer is only used during the call.
        self = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// Appends a copy of the bytes.
    mutating func append(copying bytes: RawSpan) {
        // Safe: the pointer is only used during the call.
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}

extension String {
    /// A copy of bytes that were validated as UTF-8; other bytes are replaced by U+FFFD.
    public init(copying utf8: RawSpan) {
        // Safe: the pointer is only used during the call.
        self = unsafe utf8.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
