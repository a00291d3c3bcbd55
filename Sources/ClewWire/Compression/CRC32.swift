import CZlib

/// The checksum of zlib, gzip and Ethernet (ISO 3309).
public enum CRC32 {
    /// - Parameter before: The checksum of the bytes before these.
    public static func checksum(of bytes: RawSpan, after before: UInt32 = 0) -> UInt32 {
        // Safe: zlib reads as many bytes as it is told the span has, while the span is borrowed.
        unsafe bytes.withUnsafeBytes { buffer in
            UInt32(truncatingIfNeeded: unsafe crc32_z(uLong(before), buffer.baseAddress, z_size_t(buffer.count)))
        }
    }

    public static func checksum(of bytes: [UInt8], after before: UInt32 = 0) -> UInt32 {
        // Safe: bytes of an array have no padding.
        checksum(of: unsafe bytes.span.bytes, after: before)
    }
}
