/// The gzip format (RFC 1952): `Content-Encoding: gzip`.
public enum Gzip {
    /// - Parameter level: 1 (fast) to 9 (small); 6 is zlib's own default. For export 1 is enough: OTLP repeats itself so
    ///   much that higher levels gain little.
    public static func compress(_ bytes: [UInt8], level: Int = 1) throws(WireError) -> [UInt8] {
        try Deflater(format: .gzip).compress(bytes, level: level)
    }

    /// Decompresses one or more concatenated members; their checksums are verified.
    ///
    /// - Parameter limit: Most bytes to produce. A bomb ends as ``WireError/Code/tooLarge`` with no more than this in memory.
    public static func decompress(_ bytes: [UInt8], limit: Int) throws(WireError) -> [UInt8] {
        try Inflater.decompress(bytes, .gzip, limit: limit)
    }
}
