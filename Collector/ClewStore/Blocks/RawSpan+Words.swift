/// Word-wise access to borrowed bytes, for hashing and comparing.
extension RawSpan {
    /// The 8 bytes at `offset` as a little-endian word.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        // The load checks its bounds, and every bit pattern is a valid UInt64.
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The 4 bytes at `offset` as a little-endian word.
    @inline(__always)
    func halfWord(at offset: Int) -> UInt64 {
        // The load checks its bounds, and every bit pattern is a valid UInt32.
        UInt64(UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    @inline(__always)
    func byte(at offset: Int) -> UInt64 {
        // The load checks its bounds, and every bit pattern is a valid UInt8.
        UInt64(unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    }

    /// The bytes from a multiple of 8 (or the last 8) on, at most 8, as one word.
    @inline(__always)
    private func tail() -> UInt64 {
        let count = byteCount
        if count >= 8 { return word(at: count - 8) }
        if count >= 4 { return halfWord(at: 0) | halfWord(at: count - 4) << 32 }
        if count == 0 { return 0 }
        return byte(at: 0) | byte(at: count / 2) << 8 | byte(at: count - 1) << 16
    }

    /// Whether two spans of the same length hold the same bytes.
    @inline(__always)
    func elementsEqual(_ other: RawSpan) -> Bool {
        var offset = 0
        while offset + 8 < byteCount {
            if word(at: offset) != other.word(at: offset) { return false }
            offset += 8
        }
        return tail() == other.tail()
    }

    /// A hash in the manner of wyhash: each word is folded in by a 64 × 64 → 128 bit multiplication.
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        var hash = seed ^ UInt64(byteCount)
        var offset = 0
        while offset + 8 < byteCount {
            hash = Self.fold(hash ^ word(at: offset))
            offset += 8
        }
        return Self.fold(hash ^ tail())
    }

    @inline(__always)
    private static func fold(_ value: UInt64) -> UInt64 {
        // The odd 64-bit fraction of the golden ratio.
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
