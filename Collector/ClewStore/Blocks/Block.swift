/// Rows of one signal as columns: what is encoded when a batch is sealed.
struct Block: Sendable {
    var schema: BlockSchema
    var rowCount: Int
    var numbers: [[UInt64]]
    var dictionaries: [DictionaryColumn]
    var lists: [ByteStrings]
    /// The attribute keys; the position is the key's number.
    var keys: ByteStrings
    /// By key number. The rows that have a value, and how many, are known from the row's shape.
    var attributes: [DictionaryColumn]
    var overflow: DictionaryColumn
}

extension Block {
    /// By shape number.
    func shapes() throws(DamagedColumn) -> [[Int?]] {
        try dictionaries[BlockSchema.Dictionary.shape].strings.shapes()
    }

    /// Checks that every row's shape finds its values, so that a ``RowCursor`` stays in bounds.
    func validate() throws(DamagedColumn) {
        var counts = Array(repeating: 0, count: attributes.count)
        var overflowed = 0
        let shapes = try shapes()
        for id in dictionaries[BlockSchema.Dictionary.shape].ids {
            for key in shapes[Int(id)] {
                guard let key else {
                    overflowed += 1
                    continue
                }
                guard key < counts.count else { throw DamagedColumn("a shape names key \(key) of \(counts.count)") }
                counts[key] += 1
            }
        }
        guard counts == attributes.map(\.ids.count), overflowed == overflow.ids.count else {
            throw DamagedColumn("the shapes do not agree with the attribute columns")
        }
    }
}

extension ByteStrings {
    /// The strings as shapes: key numbers in order; `nil` stands for an attribute in the overflow column.
    func shapes() throws(DamagedColumn) -> [[Int?]] {
        var shapes: [[Int?]] = []
        for index in 0..<count { shapes.append(try Self.shape(self[index])) }
        return shapes
    }

    static func shape(_ bytes: ArraySlice<UInt8>) throws(DamagedColumn) -> [Int?] {
        var cursor = ByteCursor(Array(bytes))
        var keys: [Int?] = []
        while cursor.remaining > 0 {
            let number = try cursor.varint()
            guard number <= UInt64(BlockColumn.maximumKeys) else { throw DamagedColumn("a shape names key \(number)") }
            keys.append(number == 0 ? nil : Int(number) - 1)
        }
        return keys
    }
}
