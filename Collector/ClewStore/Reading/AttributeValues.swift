import ClewModel

/// The values of some attribute keys in one block, row by row.
struct AttributeValues {
    /// Where a value lies; equal places hold equal values.
    struct Place: Hashable {
        var key: Int
        /// See ``KeyColumns``.
        var number: UInt32
    }

    private let columns: [KeyColumns]
    /// By key: the number of each row's value. Nothing for a key that no row has.
    private let numbers: [[UInt32]]

    /// - Throws: ``DamagedColumn`` when a column does not hold a value for each row that should have one.
    init(_ keys: [String], _ reader: BlockReader) throws {
        let overflow = reader.header.hasOverflow ? try reader.overflow() : nil
        columns = try keys.map { try KeyColumns($0, reader, overflow: overflow) }
        numbers = try columns.map { $0.isEmpty ? [] : try $0.numbers(reader) }
    }

    /// Whether a row has one of the keys.
    func hasValues(_ row: Int) -> Bool { numbers.contains { !$0.isEmpty && $0[row] != 0 } }

    /// Where the first value of a key, by its position in the keys given, lies; `nil` when the row lacks it.
    func place(of key: Int, _ row: Int) -> Place? {
        guard !numbers[key].isEmpty, numbers[key][row] != 0 else { return nil }
        return Place(key: key, number: numbers[key][row])
    }

    func value(at place: Place) throws(DamagedColumn) -> AttributeValue {
        try columns[place.key].value(Int(place.number))
    }
}
