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

/// Bytes of a shape as key numbers, in order; `nil` stands for an attribute in the overflow column.
func keyNumbers(ofShape bytes: ArraySlice<UInt8>) throws(DamagedColumn) -> [Int?] {
    var cursor = ByteCursor(Array(bytes))
    var keys: [Int?] = []
    while cursor.remaining > 0 {
        let number = try cursor.varint()
        guard number <= UInt64(BlockColumn.maximumKeys) else { throw DamagedColumn("a shape names key \(number)") }
        keys.append(number == 0 ? nil : Int(number) - 1)
    }
    return keys
}
