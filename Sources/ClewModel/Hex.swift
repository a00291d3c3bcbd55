extension UInt64 {
    /// Exactly 16 hexadecimal digits of either case; anything else gives `nil`.
    init?(hexDigits digits: ArraySlice<UInt8>) {
        guard digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard let nibble = digit.hexNibble else { return nil }
            value = value << 4 | UInt64(nibble)
        }
        self = value
    }

    /// Appends 16 lowercase hexadecimal digits, with leading zeros.
    func appendHex(to digits: inout [UInt8]) {
        var rest = self
        for _ in 0..<16 {
            digits.append(.hexDigit(UInt8(truncatingIfNeeded: rest >> 60)))
            rest <<= 4
        }
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit, or `nil`.
    public var hexNibble: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The lowercase ASCII digit of a value below 16.
    public static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
