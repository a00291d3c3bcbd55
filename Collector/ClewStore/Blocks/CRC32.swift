/// The checksum of zlib, gzip and Ethernet (ISO 3309), eight bytes at a time.
enum CRC32 {
    /// Row n holds the checksum of each byte followed by n zero bytes ("slicing by 8", Kounavis and Berry, 2005).
    private static let table: [UInt32] = {
        var table = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            // The polynomial 0x04C11DB7 with its bits reversed.
            for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
            table[byte] = value
        }
        for index in 256..<table.count {
            let before = table[index - 256]
            table[index] = (before >> 8) ^ table[Int(before & 0xFF)]
        }
        return table
    }()

    /// - Parameter before: The checksum of the bytes before these.
    static func checksum(of bytes: [UInt8], after before: UInt32 = 0) -> UInt32 {
        checksum(of: bytes[...], after: before)
    }

    static func checksum(of bytes: ArraySlice<UInt8>, after before: UInt32 = 0) -> UInt32 {
        let table = table
        let span = unsafe bytes.span.bytes
        var checksum = ~before
        var offset = 0
        while offset + 8 <= span.byteCount {
            let word = span.word(at: offset) ^ UInt64(checksum)
            checksum = 0
            for index in 0..<8 {
                checksum ^= table[(7 - index) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * index) & 0xFF)]
            }
            offset += 8
        }
        while offset < span.byteCount {
            let index = (UInt64(checksum) ^ span.byte(at: offset)) & 0xFF
            checksum = (checksum >> 8) ^ table[Int(index)]
            offset += 1
        }
        return ~checksum
    }
}
