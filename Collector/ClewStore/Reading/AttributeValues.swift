import ClewModel

/// The values of some attribute keys in one block, without the columns of the others.
///
/// Rows must be asked in ascending order: the place of a row's value is the number of values before it.
struct AttributeValues {
    /// Where a value lies.
    struct Place: Hashable {
        /// The key's number; ``overflow`` for the overflow column.
        var column: Int
        var string: UInt32

        static let overflow = -1
    }

    private let keys: [String]
    private let shapeIDs: [UInt32]
    private let shapes: [[Int?]]
    /// For each key: for each shape, the position of the first column that may hold it.
    private var columns: [Int: DictionaryColumn] = [:]
    private let overflow: Overflow?
    /// For each column: where the values of ``row`` begin.
    private var cursors: [Int: Int] = [:]
    private var row = 0
    /// By key: the numbers of the columns that hold it. More than one only for keys that are canonically equivalent in
    /// Unicode, which compare as equal.
    private let numbers: [Set<Int>]

    fileprivate struct Overflow {
        var column: DictionaryColumn
        var keys: [String]
        var valueStarts: [Int]
    }

    init(_ keys: [String], _ reader: BlockReader) throws {
        self.keys = keys
        let shape = try reader.dictionary(BlockSchema.Dictionary.shape)
        shapeIDs = shape.ids
        shapes = try shape.strings.shapes()
        numbers = keys.map { key in Set(reader.header.keys.filter { $0.name == key }.map(\.number)) }
        for number in numbers.joined() { columns[number] = try reader.attribute(number) }
        overflow = reader.header.hasOverflow ? try Overflow(reading: reader.overflow()) : nil
        for number in columns.keys { cursors[number] = 0 }
        if overflow != nil { cursors[Place.overflow] = 0 }
        try validate()
    }

    /// Whether no row has any of the keys.
    var isEmpty: Bool { columns.isEmpty && overflow == nil }

    /// Where the first value of a key (by its position in the keys given) lies; `nil` when the row lacks it.
    mutating func place(of key: Int, _ row: Int) throws -> Place? {
        advance(to: row)
        var overflowed = 0
        for number in shapes[Int(shapeIDs[row])] {
            if let number {
                guard numbers[key].contains(number), let column = columns[number] else { continue }
                return Place(column: number, string: column.ids[cursors[number, default: 0]])
            }
            guard let overflow else { continue }
            let string = overflow.column.ids[cursors[Place.overflow, default: 0] + overflowed]
            if overflow.keys[Int(string)] == keys[key] { return Place(column: Place.overflow, string: string) }
            overflowed += 1
        }
        return nil
    }

    func value(at place: Place) throws -> AttributeValue {
        if place.column == Place.overflow, let overflow {
            return try overflow.value(Int(place.string))
        }
        guard let column = columns[place.column] else { return .empty }
        return try column.strings.value(Int(place.string))
    }

    private mutating func advance(to target: Int) {
        while row < target {
            for number in shapes[Int(shapeIDs[row])] {
                let column = number ?? Place.overflow
                if let cursor = cursors[column] { cursors[column] = cursor + 1 }
            }
            row += 1
        }
    }

    /// Checks that every row finds its values.
    private func validate() throws(DamagedColumn) {
        var counts: [Int: Int] = [:]
        for id in shapeIDs {
            for number in shapes[Int(id)] where cursors[number ?? Place.overflow] != nil {
                counts[number ?? Place.overflow, default: 0] += 1
            }
        }
        for (number, column) in columns where column.ids.count != counts[number, default: 0] {
            throw DamagedColumn("the shapes do not agree with the column of key \(number)")
        }
        if let overflow, overflow.column.ids.count != counts[Place.overflow, default: 0] {
            throw DamagedColumn("the shapes do not agree with the overflow column")
        }
    }
}

extension AttributeValues.Overflow {
    fileprivate init(reading column: DictionaryColumn) throws(DamagedColumn) {
        self.init(column: column, keys: [], valueStarts: [])
        for index in 0..<column.strings.count {
            let entry = Array(column.strings[index])
            var cursor = ByteCursor(entry)
            keys.append(String(decoding: try cursor.take(try cursor.count()), as: UTF8.self))
            valueStarts.append(cursor.offset)
        }
    }

    fileprivate func value(_ index: Int) throws(DamagedColumn) -> AttributeValue {
        let value = ByteStrings(bytes: Array(column.strings[index].dropFirst(valueStarts[index])))
        return try value.value(0)
    }
}
