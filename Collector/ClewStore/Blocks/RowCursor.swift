/// Walks the rows of a block in order and knows where each row's attribute values lie.
///
/// A column holds values only for the rows that have the key, so the place of a row's value is the number of values of
/// the rows before it.
struct RowCursor {
    private(set) var row = 0
    /// By shape number.
    private let shapes: [[Int?]]
    /// By key number: where the next value lies.
    private var next: [Int]
    private var nextOverflow = 0

    init(_ block: Block) throws(DamagedColumn) {
        shapes = try block.shapes()
        next = Array(repeating: 0, count: block.attributes.count)
    }

    /// Hands over the attributes of the row in order, key and encoded value, and moves to the next row.
    mutating func next(
        _ block: Block, _ body: (_ key: RawSpan, _ value: RawSpan) throws(DamagedColumn) -> Void
    ) throws(DamagedColumn) {
        let keys = unsafe block.keys.bytes.span.bytes
        for key in shapes[Int(block.dictionaries[BlockSchema.Dictionary.shape].ids[row])] {
            guard let key else {
                try nextOverflowed(block, body)
                continue
            }
            let column = block.attributes[key]
            let range = column.strings.range(Int(column.ids[next[key]]))
            next[key] += 1
            let values = unsafe column.strings.bytes.span.bytes
            try body(keys.extracting(block.keys.range(key)), values.extracting(range))
        }
        row += 1
    }

    /// Moves forward without handing over what is passed.
    mutating func skip(_ block: Block, to target: Int) {
        while row < target {
            for key in shapes[Int(block.dictionaries[BlockSchema.Dictionary.shape].ids[row])] {
                if let key { next[key] += 1 } else { nextOverflow += 1 }
            }
            row += 1
        }
    }

    private mutating func nextOverflowed(
        _ block: Block, _ body: (_ key: RawSpan, _ value: RawSpan) throws(DamagedColumn) -> Void
    ) throws(DamagedColumn) {
        let entry = Array(block.overflow.strings[Int(block.overflow.ids[nextOverflow])])
        nextOverflow += 1
        var cursor = ByteCursor(entry)
        let length = try cursor.count()
        let bytes = unsafe entry.span.bytes.extracting(cursor.offset..<entry.count)
        guard length <= bytes.byteCount else { throw DamagedColumn("an overflowed key ends behind its entry") }
        try body(bytes.extracting(0..<length), bytes.extracting(length..<bytes.byteCount))
    }
}
