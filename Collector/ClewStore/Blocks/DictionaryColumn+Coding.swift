extension DictionaryColumn {
    /// How the numbers behind the strings are written; the raw value is the byte that says so.
    private enum Width: UInt8 {
        /// Not at all: every value is the first string.
        case none = 0
        case one = 1
        case two = 2
        case four = 4
        /// Not at all: value n is string n.
        case ascending = 8

        init(_ column: DictionaryColumn) {
            switch column.strings.count {
            case ...1: self = .none
            // Numbers are given in the order of first use, so as many strings as values means 0, 1, 2 …
            case column.ids.count: self = .ascending
            case ...0x100: self = .one
            case ...0x1_0000: self = .two
            default: self = .four
            }
        }
    }

    func encode() -> [UInt8] {
        let width = Width(self)
        var output: [UInt8] = []
        output.reserveCapacity(strings.bytes.count + 2 * strings.count + 4 * ids.count + 8)
        strings.serialize(into: &output)
        output.append(width.rawValue)
        switch width {
        case .none, .ascending: break
        case .one: for id in ids { output.append(UInt8(truncatingIfNeeded: id)) }
        case .two:
            for id in ids {
                output.append(UInt8(truncatingIfNeeded: id))
                output.append(UInt8(truncatingIfNeeded: id >> 8))
            }
        case .four:
            for id in ids {
                for shift in stride(from: UInt32(0), to: 32, by: 8) {
                    output.append(UInt8(truncatingIfNeeded: id >> shift))
                }
            }
        }
        return output
    }

    init(decoding bytes: [UInt8], count: Int) throws(DamagedColumn) {
        var cursor = ByteCursor(bytes)
        strings = try ByteStrings(reading: &cursor)
        guard let width = Width(rawValue: try cursor.byte()) else { throw DamagedColumn("unknown width of numbers") }
        switch width {
        case .none: ids = Array(repeating: 0, count: count)
        case .ascending:
            guard count == strings.count else { throw DamagedColumn("\(count) values, \(strings.count) strings") }
            ids = Array(0..<UInt32(count))
        case .one, .two, .four:
            let bytesPerID = Int(width.rawValue)
            guard cursor.remaining / bytesPerID >= count else { throw DamagedColumn("the column ends early") }
            ids.reserveCapacity(count)
            for _ in 0..<count { ids.append(UInt32(try cursor.fixed(width: bytesPerID))) }
        }
        guard ids.allSatisfy({ $0 < strings.count }) else { throw DamagedColumn("a number without a string") }
    }
}
