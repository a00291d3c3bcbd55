import ClewModel

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    /// In lower case.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { [.hexDigit($0 >> 4), .hexDigit($0 & 15)] }
    }

    /// Digits of either case; `nil` for other characters or an odd number of them.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = text[index].hexNibble, let low = text[index + 1].hexNibble else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }
}
