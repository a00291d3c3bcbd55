/// Splits ranges of Unicode scalars into sequences of byte ranges: together they match exactly the UTF-8 of the range.
///
/// As in RE2 (`Compiler::AddRuneRangeUTF8`) and Rust's `utf8-ranges`.
enum UTF8Sequences {
    typealias Sequence = [ClosedRange<UInt8>]

    /// - Parameter range: Surrogates in it are left out, since no UTF-8 stands for them.
    static func of(_ range: ClosedRange<UInt32>) -> [Sequence] {
        var result: [Sequence] = []
        var rest = withoutSurrogates(range)
        while let range = rest.popLast() {
            if let parts = split(range) {
                rest.append(parts.1)
                rest.append(parts.0)
            } else {
                result.append(zip(encode(range.lowerBound), encode(range.upperBound)).map { $0...$1 })
            }
        }
        return result
    }

    private static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        let (below, above): (ClosedRange<UInt32>, ClosedRange<UInt32>) = (0...0xD7FF, 0xE000...ScalarSet.last)
        return [above, below].filter(range.overlaps).map(range.clamped)
    }

    /// Two halves; `nil` when the first and the last scalar differ only in bytes that take every value between.
    private static func split(_ range: ClosedRange<UInt32>) -> (ClosedRange<UInt32>, ClosedRange<UInt32>)? {
        let (first, last) = (range.lowerBound, range.upperBound)
        for end: UInt32 in [0x7F, 0x7FF, 0xFFFF] where first <= end && last > end {
            return (first...end, (end + 1)...last)
        }
        guard last > 0x7F else { return nil }
        for count in UInt32(1)...3 {
            let mask = (UInt32(1) << (6 * count)) - 1
            guard first & ~mask != last & ~mask else { continue }
            if first & mask != 0 { return (first...(first | mask), ((first | mask) + 1)...last) }
            if last & mask != mask { return (first...((last & ~mask) - 1), (last & ~mask)...last) }
        }
        return nil
    }

    private static func encode(_ value: UInt32) -> [UInt8] {
        // The callers leave out surrogates, so every value is a scalar.
        Unicode.Scalar(value).map { Array(UTF8.encode($0) ?? UTF8.encodedReplacementCharacter) } ?? []
    }
}
