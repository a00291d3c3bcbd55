/// Eight bytes of text at once, the first one in the lowest byte.
///
/// Source: "Bit Twiddling Hacks" (Anderson), "Determine if a word has a byte less than n"; the carries that make a byte
/// look like a hit only ever come from a hit below it, so that the lowest hit is always right.
enum JSONWord {
    static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The high bit of the first byte that is a quote, a backslash or a control character, and undefined bits above it; 0 if
    /// there is none.
    @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let zero = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
        return (zero | (word &- ones &* 0x20) & ~word) & highBits
    }

    /// The number that eight digits are; `nil` if they are not all digits.
    @inline(__always)
    static func number(_ word: UInt64) -> UInt64? {
        // Adding 6 carries a low nibble above 9 into the high one.
        guard word & (ones &* 0xF0) == ones &* 0x30, (word &+ ones &* 6) & (ones &* 0xF0) == ones &* 0x30 else {
            return nil
        }
        let digits = word & (ones &* 0x0F)
        let pairs = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
        return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
    }

    /// The four bytes that eight hexadecimal digits of either case are; `nil` if they are not all digits.
    @inline(__always)
    static func hexadecimal(_ word: UInt64) -> UInt32? {
        // Letters, and no digits, have bit 6; their low nibble is the value less 9.
        let letters = word >> 6 & ones
        let values = word & (ones &* 0x0F) &+ letters &* 9
        // A value is below 16, and 10 or more exactly where there is a letter; and from it the character comes back.
        guard values & (ones &* 0xF0) == 0, (values &+ ones &* 6) >> 4 & ones == letters,
            values &+ ones &* 0x30 &+ letters &* 0x27 == word | letters &* 0x20
        else { return nil }
        let pairs = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: fours | fours >> 16)
    }
}
