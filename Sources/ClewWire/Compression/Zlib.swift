/// The zlib format (RFC 1950): six bytes around the deflated data, with a checksum.
public enum Zlib {
    /// - Parameter level: 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int = 1) throws(WireError) -> [UInt8] {
        var deflater = try Deflater(.zlib, level: level)
        return try deflater.compress(bytes)
    }

    /// Decompresses a stream whose decompressed size is known; any other size is ``WireError/Code/malformed`` or
    /// ``WireError/Code/tooLarge``.
    public static func decompress(_ bytes: RawSpan, size: Int) throws(WireError) -> [UInt8] {
        try Inflater(.zlib).decompress(bytes, size: size)
    }

    public static func decompress(_ bytes: [UInt8], size: Int) throws(WireError) -> [UInt8] {
        // Safe: bytes of an array have no padding.
        try decompress(unsafe bytes.span.bytes, size: size)
    }
}
