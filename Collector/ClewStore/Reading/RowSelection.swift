/// The rows of a block that have met every condition so far: a bit each.
struct RowSelection {
    private var words: [UInt64]
    private(set) var isEmpty: Bool

    /// All rows.
    init(_ count: Int) {
        words = Array(repeating: .max, count: (count + 63) / 64)
        isEmpty = count == 0
        let last = UInt64(count % 64)
        if last != 0 { words[words.count - 1] = 1 << last - 1 }
    }

    mutating func removeAll() {
        words = []
        isEmpty = true
    }

    mutating func keep(_ condition: (Int) throws -> Bool) rethrows {
        var any: UInt64 = 0
        for index in words.indices {
            var kept = words[index]
            var rest = kept
            while rest != 0 {
                let bit = rest.trailingZeroBitCount
                rest &= rest - 1
                if try !condition(index * 64 + bit) { kept ^= 1 << UInt64(bit) }
            }
            words[index] = kept
            any |= kept
        }
        isEmpty = any == 0
    }

    /// Keeps the rows whose number has a verdict of true; looks at no row where all verdicts agree.
    mutating func keep(_ numbers: [UInt32], _ verdicts: [Bool]) {
        guard verdicts.contains(true) else { return removeAll() }
        guard verdicts.contains(false) else { return }
        keep { verdicts[Int(numbers[$0])] }
    }

    /// Keeps the rows whose string meets a condition, which is asked once per distinct string.
    mutating func keep(
        _ column: DictionaryColumn, _ condition: (ByteStrings, Int) throws -> Bool
    ) rethrows {
        keep(column.ids, try (0..<column.strings.count).map { try condition(column.strings, $0) })
    }

    /// Ascending.
    var rows: [Int] {
        var result: [Int] = []
        for index in words.indices {
            var rest = words[index]
            while rest != 0 {
                result.append(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }
}
