/// Eight bytes of text at once, the first one in the lowest byte.
///
/// Source: "Bit Twiddling Hacks" (Anderson), "Determine if a word has a byte less than n"; the carries that make a byte
/// look like a hit only ever come from a hit below it, so that the lowest hit is always right.
enum JSONWord {
    static let highBits: UInt64 = 0x8080_8080_8080_8080
    /// Eight zeros as text.
    static let zeros: UInt64 = 0x3030_3030_3030_3030
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

    /// The values of the eight digits of a number below 100,000,000, with leading zeros.
    ///
    /// Source: Khuong, "How to print integers really fast" (2017): the reciprocals are exact for all that a lane can hold.
    @inline(__always)
    static func digits(_ number: UInt32) -> UInt64 {
        let fours = UInt64(number / 10_000) | UInt64(number % 10_000) << 32
        let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds | (fours &- hundreds &* 100) << 16
        let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
        return tens | (pairs &- tens &* 10) << 8
    }

    /// The eight hexadecimal digits, in lower case, of four bytes, of which the lowest is the first.
    @inline(__always)
    static func hexadecimal(_ bytes: UInt32) -> UInt64 {
        let fours = (UInt64(bytes) | UInt64(bytes) << 16) & 0x0000_FFFF_0000_FFFF
        let pairs = (fours | fours << 8) & 0x00FF_00FF_00FF_00FF
        let values = pairs >> 4 & 0x000F_000F_000F_000F | (pairs & 0x000F_000F_000F_000F) << 8
        let letters = (values &+ ones &* 6) >> 4 & ones
        return (values | zeros) &+ letters &* 0x27
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
