import ClewModel

/// The values of some attribute keys in one block, without the columns of the others.
///
/// Rows must be asked in ascending order: the place of a row's value is the number of values before it.
struct AttributeValues {
    /// Where a value lies: a column that was read, and a string in it.
    struct Place: Hashable {
        var column: Int
        var string: UInt32
    }

    /// A column that was read, and the keys it may hold.
    fileprivate struct Column {
        var values: DictionaryColumn
        /// For each of ``strings``, the positions of the keys whose value it is: of every string the same, save in the
        /// overflow column, which holds any key.
        var keys: [[Int]]
        var isOverflow: Bool
        /// Where the values of ``row`` begin.
        var cursor = 0
    }

    private var columns: [Column] = []
    private let shapeIDs: [UInt32]
    /// By shape number: which of ``columns`` its attributes lie in, in order; the others are left out.
    private let shapes: [[Int]]
    private var row = 0

    /// - Throws: ``DamagedColumn`` when a column does not hold a value for each row that should have one.
    init(_ keys: [String], _ reader: BlockReader) throws {
        let shape = try reader.dictionary(BlockSchema.Dictionary.shape)
        var positions: [Int?: Int] = [:]
        for (name, number) in reader.header.keys {
            // Two keys that are canonically equivalent in Unicode compare as equal, so a key may have several columns.
            let sought = keys.indices.filter { keys[$0] == name }
            if sought.isEmpty { continue }
            let values = try reader.attribute(number)
            positions[number] = columns.count
            let found = Array(repeating: sought, count: values.strings.count)
            columns.append(Column(values: values, keys: found, isOverflow: false))
        }
        if reader.header.hasOverflow {
            positions[nil] = columns.count
            columns.append(try Column(overflow: reader.overflow(), keys))
        }
        shapeIDs = shape.ids
        shapes = try shape.strings.shapes().map { numbers in numbers.compactMap { positions[$0] } }
        try validate()
    }

    /// Whether a row may have one of the keys.
    func hasValues(_ row: Int) -> Bool { !shapes[Int(shapeIDs[row])].isEmpty }

    /// Where the first value of a key, by its position in the keys given, lies; `nil` when the row lacks it.
    mutating func place(of key: Int, _ row: Int) -> Place? {
        advance(to: row)
        var overflowed = 0
        for index in shapes[Int(shapeIDs[row])] {
            let offset = columns[index].isOverflow ? overflowed : 0
            let string = columns[index].values.ids[columns[index].cursor + offset]
            if columns[index].keys[Int(string)].contains(key) { return Place(column: index, string: string) }
            if columns[index].isOverflow { overflowed += 1 }
        }
        return nil
    }

    func value(at place: Place) throws(DamagedColumn) -> AttributeValue {
        let column = columns[place.column]
        guard column.isOverflow else { return try column.values.strings.value(Int(place.string)) }
        var cursor = ByteCursor(Array(column.values.strings[Int(place.string)]))
        _ = try cursor.take(try cursor.count())
        return try ByteStrings(bytes: Array(cursor.bytes[cursor.offset...])).value(0)
    }

    private mutating func advance(to target: Int) {
        while row < target {
            for index in shapes[Int(shapeIDs[row])] { columns[index].cursor += 1 }
            row += 1
        }
    }

    private func validate() throws(DamagedColumn) {
        var counts = Array(repeating: 0, count: columns.count)
        for id in shapeIDs {
            for index in shapes[Int(id)] { counts[index] += 1 }
        }
        guard counts == columns.map(\.values.ids.count) else {
            throw DamagedColumn("the shapes do not agree with the attribute columns")
        }
    }
}

extension AttributeValues.Column {
    fileprivate init(overflow values: DictionaryColumn, _ sought: [String]) throws(DamagedColumn) {
        self.init(values: values, keys: [], isOverflow: true)
        for index in 0..<values.strings.count {
            var cursor = ByteCursor(Array(values.strings[index]))
            let name = String(decoding: try cursor.take(try cursor.count()), as: UTF8.self)
            keys.append(sought.indices.filter { sought[$0] == name })
        }
    }
}
