/// The zlib format (RFC 1950): six bytes around the deflated data, with a checksum.
public enum Zlib {
    /// - Parameter level: 1 (fast) to 9 (small).
    public static func compress(_ bytes: [UInt8], level: Int = 1) throws(WireError) -> [UInt8] {
        try Deflater(format: .zlib).compress(bytes, level: level)
    }

    /// Decompresses a stream whose decompressed size is known; any other size is ``WireError/Code/malformed`` or
    /// ``WireError/Code/tooLarge``.
    public static func decompress(_ bytes: [UInt8], size: Int) throws(WireError) -> [UInt8] {
        let output = try Inflater.decompress(bytes, .zlib, limit: size)
        guard output.count == size else {
            throw WireError(.malformed, "decompresses to \(output.count) bytes instead of \(size)", at: bytes.count)
        }
        return output
    }
}
