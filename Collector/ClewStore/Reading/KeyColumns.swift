import ClewModel

/// The values of one attribute key in one block, without the columns of other keys.
///
/// Each distinct value has a number; zero stands for the key being missing.
struct KeyColumns {
    /// A column that was read and may hold values of the key.
    private struct Column {
        var values: DictionaryColumn
        /// Of the overflow column, which holds any key: for each string where its value begins; zero for another key's.
        var valueStarts: [Int]?
        /// The number of its first string.
        var first: Int
    }

    private var columns: [Column] = []
    /// Key number, or `nil` for the overflow column, to position in ``columns``.
    private var positions: [Int?: Int] = [:]
    /// One more than the last number.
    private(set) var count = 1

    /// - Parameter overflow: The block's overflow column, if it has one.
    init(_ key: String, _ reader: BlockReader, overflow: DictionaryColumn?) throws {
        // Two keys that are canonically equivalent in Unicode compare as equal, so a key may have several columns.
        for (name, number) in reader.header.keys where name == key {
            append(try reader.attribute(number), at: number, nil)
        }
        guard let overflow else { return }
        let name = KeyName(key)
        var starts = Array(repeating: 0, count: overflow.strings.count)
        let bytes = overflow.strings.bytes.span
        for index in starts.indices {
            var cursor = FieldCursor(overflow.strings.range(index))
            let range = try cursor.delimited(bytes)
            if name.equals(bytes.extracting(range)) { starts[index] = range.upperBound }
        }
        if starts.contains(where: { $0 != 0 }) { append(overflow, at: nil, starts) }
    }

    private mutating func append(_ values: DictionaryColumn, at position: Int?, _ starts: [Int]?) {
        positions[position] = columns.count
        columns.append(Column(values: values, valueStarts: starts, first: count))
        count += values.strings.count
    }

    /// Whether no row of the block has the key.
    var isEmpty: Bool { columns.isEmpty }

    /// Asks a condition once of each distinct value: by number. The verdict on a missing key is `false`.
    func verdicts(_ test: inout ValueTest) throws -> [Bool] {
        var verdicts = Array(repeating: false, count: count)
        for column in columns {
            let bytes = column.values.strings.bytes.span
            var start = 0
            for (index, end) in column.values.strings.ends.enumerated() {
                let end = Int(end)
                if let valueStarts = column.valueStarts { start = valueStarts[index] }
                if column.valueStarts == nil || start != 0 {
                    verdicts[column.first + index] = try test.meets(bytes.extracting(start..<end))
                }
                start = end
            }
        }
        return verdicts
    }

    func value(_ number: Int) throws(DamagedColumn) -> AttributeValue {
        let column = columns.last { $0.first <= number } ?? columns[0]
        let index = number - column.first
        guard let start = column.valueStarts?[index] else { return try column.values.strings.value(index) }
        let end = column.values.strings.range(index).upperBound
        return try ByteStrings(bytes: Array(column.values.strings.bytes[start..<end])).value(0)
    }

    /// For each row the number of the first value of the key.
    ///
    /// - Throws: ``DamagedColumn`` when a column does not hold a value for each row that should have one.
    func numbers(_ reader: BlockReader) throws -> [UInt32] {
        let shapeIDs = try reader.dictionary(BlockSchema.Dictionary.shape).ids
        // By shape: which of the columns its attributes lie in, in order.
        let shapes = try reader.shapes().map { keys in keys.compactMap { positions[$0] } }
        if columns.count == 1, columns[0].valueStarts == nil {
            return try numbers(columns[0], shapes.map(\.count), shapeIDs)
        }
        var numbers = [UInt32](repeating: 0, count: shapeIDs.count)
        var next = Array(repeating: 0, count: columns.count)
        for (row, shape) in shapeIDs.enumerated() {
            for position in shapes[Int(shape)] {
                let column = columns[position]
                guard next[position] < column.values.ids.count else { throw Self.disagreement }
                let string = Int(column.values.ids[next[position]])
                next[position] += 1
                let isOfKey = column.valueStarts.map { $0[string] != 0 } ?? true
                if numbers[row] == 0, isOfKey { numbers[row] = UInt32(column.first + string) }
            }
        }
        guard next == columns.map(\.values.ids.count) else { throw Self.disagreement }
        return numbers
    }

    /// The usual case: one column of this key alone.
    private func numbers(
        _ column: Column, _ counts: [Int], _ shapeIDs: [UInt32]
    ) throws(DamagedColumn) -> [UInt32] {
        let (ids, first) = (column.values.ids, UInt32(column.first))
        var numbers = [UInt32](repeating: 0, count: shapeIDs.count)
        var next = 0
        for row in shapeIDs.indices {
            let count = counts[Int(shapeIDs[row])]
            guard count != 0 else { continue }
            guard next < ids.count else { throw Self.disagreement }
            numbers[row] = first + ids[next]
            next += count
        }
        guard next == ids.count else { throw Self.disagreement }
        return numbers
    }

    private static var disagreement: DamagedColumn {
        DamagedColumn("the shapes do not agree with the attribute columns")
    }
}

/// A key as it is compared with encoded keys.
struct KeyName {
    private let key: String
    private let bytes: [UInt8]
    private let isASCII: Bool

    init(_ key: String) {
        self.key = key
        bytes = Array(key.utf8)
        isASCII = bytes.allSatisfy { $0 < 0x80 }
    }

    /// Whether UTF-8 spells an equal key, as strings are equal.
    func equals(_ other: borrowing Swift.Span<UInt8>) -> Bool {
        var isEqual = other.count == bytes.count
        var otherIsASCII = true
        for index in other.indices {
            if isEqual, other[index] != bytes[index] { isEqual = false }
            if other[index] >= 0x80 { otherIsASCII = false }
        }
        if isEqual || (isASCII && otherIsASCII) { return isEqual }
        var copy: [UInt8] = []
        for index in other.indices { copy.append(other[index]) }
        return String(decoding: copy, as: UTF8.self) == key
    }
}
