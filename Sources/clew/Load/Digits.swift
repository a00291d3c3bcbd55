/// Numbers as ASCII digits, eight at a time in one word; the first digit is the lowest byte, so that a little-endian store
/// writes them in order.
enum Digits {
    /// Eight lowercase hexadecimal digits of 32 bits.
    static func hex8(_ value: UInt32) -> UInt64 {
        // Spreads the nibbles over the bytes, the highest nibble into the highest byte.
        var word = UInt64(value)
        word = (word << 16 | word) & 0x0000_FFFF_0000_FFFF
        word = (word << 8 | word) & 0x00FF_00FF_00FF_00FF
        word = (word << 4 | word) & 0x0F0F_0F0F_0F0F_0F0F
        // Adding 6 carries into bit 4 exactly where a nibble is above 9; letters lie 39 beyond '9' + 1.
        let letters = ((word &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (word &+ 0x3030_3030_3030_3030 &+ letters &* 39).byteSwapped
    }

    /// Eight decimal digits of a number below 10^8.
    static func decimal8(_ value: UInt64) -> UInt64 {
        // Halves the digits three times: 4 and 4, then pairs, then single digits, each in its part of the word.
        let fours = value / 10_000 | (value % 10_000) << 32
        let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007F_0000_007F
        let pairs = hundreds | (fours &- hundreds &* 100) << 16
        let tens = ((pairs &* 103) >> 10) & 0x000F_000F_000F_000F
        return (tens | (pairs &- tens &* 10) << 8) &+ 0x3030_3030_3030_3030
    }
}
