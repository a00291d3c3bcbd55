import ClewModel
import ClewWire

/// Columns that grow row by row, straight from the bytes of a request.
///
/// It is a `SpanSink` or a `LogSink`, by its schema (see `BlockBuilder+Sinks.swift`). Dictionaries keep the strings of rows
/// that were taken back; ``blocks()`` then copies the rows that remain, so that nothing of them reaches the disk.
struct BlockBuilder: Sendable {
    let schema: BlockSchema
    private let maximumKeys: Int
    /// `nil` where the rows were admitted before.
    private let days: DayAdmission?
    /// The times of the day that was admitted last.
    private var admittedTimes: Range<UnixNanoseconds> = 0..<0

    private(set) var rowCount = 0
    var numbers: [[UInt64]]
    var dictionaries: [DictionaryBuilder]
    var lists: [ByteStrings]
    private var keys = Interner()
    private var attributes: [DictionaryBuilder] = []
    private var overflow = DictionaryBuilder()
    private var hasUnusedStrings = false
    /// Records of the current request that were refused.
    var rejected: [RejectionReason: Int] = [:]

    /// Resource and scope of the rows that come, interned when the first row needs them.
    private var resource = Pending()
    private var scope = Pending()
    /// The shape of the row that is being read.
    private var shape: [UInt8] = []
    private var scratch: [UInt8] = []

    fileprivate struct Pending {
        /// The schema URL behind its length, then the message; at first both empty.
        var bytes: [UInt8] = [0]
        /// The number in this block's dictionary, once a row needed it.
        var id: UInt32?
    }

    init(_ schema: BlockSchema, maximumKeys: Int, days: DayAdmission? = nil) {
        self.schema = schema
        self.days = days
        self.maximumKeys = min(maximumKeys, BlockColumn.maximumKeys)
        numbers = Array(repeating: [], count: schema.numbers.count)
        dictionaries = Array(repeating: DictionaryBuilder(), count: schema.dictionaries.count)
        lists = Array(repeating: ByteStrings(), count: schema.lists.count)
    }

    /// Forgets the rows and keeps the memory, and the keys while there are few.
    mutating func removeAll() {
        for index in numbers.indices { numbers[index].removeAll(keepingCapacity: true) }
        for index in dictionaries.indices { dictionaries[index].removeAll() }
        for index in lists.indices { lists[index].removeAll() }
        for index in attributes.indices { attributes[index].removeAll() }
        if keys.count > maximumKeys / 2 {
            keys.removeAll()
            attributes = []
        }
        overflow.removeAll()
        shape.removeAll(keepingCapacity: true)
        hasUnusedStrings = false
        rowCount = 0
        beginRequest()
    }
}

// MARK: - Rows

extension BlockBuilder {
    /// Must be called before the first call of a request: resource and scope do not carry over.
    mutating func beginRequest() {
        resource = Pending()
        scope = Pending()
        rejected.removeAll(keepingCapacity: true)
        // A day may expire between two requests.
        admittedTimes = 0..<0
    }

    /// Why a row of this time may not be appended; `nil` where it may.
    mutating func refusal(of time: UnixNanoseconds) -> RejectionReason? {
        guard let days, !admittedTimes.contains(time) else { return nil }
        let day = PartitionDay(of: time)
        if let reason = days.refusal(of: day) { return reason }
        admittedTimes = day.times
        return nil
    }

    mutating func setResource(_ message: RawSpan, schemaURL: RawSpan) {
        resource.set(message, schemaURL)
    }

    mutating func setScope(_ message: RawSpan, schemaURL: RawSpan) {
        scope.set(message, schemaURL)
    }

    mutating func appendAttribute(key: RawSpan, value: RawSpan) {
        guard let number = keys.intern(key, limit: maximumKeys).map(Int.init) else {
            appendOverflow(key: key, value: value)
            return
        }
        if number == attributes.count { attributes.append(DictionaryBuilder()) }
        attributes[number].append(value)
        shape.appendVarint(UInt64(number + 1))
    }

    private mutating func appendOverflow(key: RawSpan, value: RawSpan) {
        scratch.removeAll(keepingCapacity: true)
        scratch.appendVarint(UInt64(key.byteCount))
        scratch.append(key)
        scratch.append(value)
        overflow.append(scratch)
        shape.append(0)
    }

    /// Ends a row whose fixed columns were appended, save resource, scope and shape.
    mutating func finishRow() {
        if resource.id == nil {
            resource.id = dictionaries[BlockSchema.Dictionary.resource].intern(resource.bytes)
        }
        if scope.id == nil { scope.id = dictionaries[BlockSchema.Dictionary.scope].intern(scope.bytes) }
        dictionaries[BlockSchema.Dictionary.resource].append(id: resource.id ?? 0)
        dictionaries[BlockSchema.Dictionary.scope].append(id: scope.id ?? 0)
        dictionaries[BlockSchema.Dictionary.shape].append(shape)
        shape.removeAll(keepingCapacity: true)
        for index in lists.indices { lists[index].close() }
        rowCount += 1
    }

    /// Takes back the attributes, events and links of a row that was not finished.
    mutating func discardRow() {
        removeValues(ofShape: shape[...])
        shape.removeAll(keepingCapacity: true)
        for index in lists.indices { lists[index].discardOpen() }
        hasUnusedStrings = true
    }

    /// Takes back every row from `count` on, and the one that was not finished.
    mutating func truncate(to count: Int) {
        discardRow()
        let removed = rowCount - count
        let shapes = dictionaries[BlockSchema.Dictionary.shape].column
        for id in shapes.ids[count...].reversed() { removeValues(ofShape: shapes.strings[Int(id)]) }
        for index in numbers.indices { numbers[index].removeLast(removed) }
        for index in dictionaries.indices { dictionaries[index].removeLast(removed) }
        for index in lists.indices { lists[index].truncate(to: count) }
        rowCount = count
    }

    private mutating func removeValues(ofShape bytes: ArraySlice<UInt8>) {
        // The builder wrote the shape itself, so it always reads.
        for key in (try? ByteStrings.shape(bytes)) ?? [] {
            if let key { attributes[key].removeLast() } else { overflow.removeLast() }
        }
    }
}

// MARK: - Blocks

extension BlockBuilder {
    private var block: Block {
        Block(
            schema: schema,
            rowCount: rowCount,
            numbers: numbers,
            dictionaries: dictionaries.map(\.column),
            lists: lists,
            keys: keys.strings,
            attributes: attributes.map(\.column),
            overflow: overflow.column
        )
    }

    /// The rows, one block for each partition that they fall in.
    func blocks() throws(DamagedColumn) -> [(PartitionDay, Block)] {
        guard let first = numbers[BlockSchema.Number.time].first else { return [] }
        let day = PartitionDay(of: first)
        let isOneDay = numbers[BlockSchema.Number.time].allSatisfy { day.times.contains($0) }
        return isOneDay && !hasUnusedStrings ? [(day, block)] : try split()
    }

    private func split() throws(DamagedColumn) -> [(PartitionDay, Block)] {
        let block = block
        var cursor = try RowCursor(block)
        var builders: [PartitionDay: BlockBuilder] = [:]
        while cursor.row < block.rowCount {
            let day = PartitionDay(of: block.numbers[BlockSchema.Number.time][cursor.row])
            try builders[day, default: BlockBuilder(schema, maximumKeys: maximumKeys)].appendRow(of: block, &cursor)
        }
        return builders.sorted { $0.key < $1.key }.map { ($0.key, $0.value.block) }
    }

    /// Copies the row at the cursor, and moves the cursor to the next.
    private mutating func appendRow(of block: Block, _ cursor: inout RowCursor) throws(DamagedColumn) {
        let row = cursor.row
        for index in numbers.indices { numbers[index].append(block.numbers[index][row]) }
        for index in lists.indices { lists[index].appendOpen(block.lists[index][row]) }
        for index in dictionaries.indices where !Self.finished.contains(index) {
            let column = block.dictionaries[index]
            let range = column.strings.range(Int(column.ids[row]))
            dictionaries[index].append(unsafe column.strings.bytes.span.bytes.extracting(range))
        }
        resource.copy(BlockSchema.Dictionary.resource, of: block, row)
        scope.copy(BlockSchema.Dictionary.scope, of: block, row)
        try cursor.next(block) { (key: RawSpan, value: RawSpan) throws(DamagedColumn) in
            appendAttribute(key: key, value: value)
        }
        finishRow()
    }

    /// The dictionary columns that ``finishRow()`` appends.
    private static let finished = [
        BlockSchema.Dictionary.resource, BlockSchema.Dictionary.scope, BlockSchema.Dictionary.shape,
    ]
}

extension BlockBuilder.Pending {
    fileprivate mutating func set(_ message: RawSpan, _ schemaURL: RawSpan) {
        bytes.removeAll(keepingCapacity: true)
        bytes.appendVarint(UInt64(schemaURL.byteCount))
        bytes.append(schemaURL)
        bytes.append(message)
        id = nil
    }

    fileprivate mutating func copy(_ index: Int, of block: Block, _ row: Int) {
        let column = block.dictionaries[index]
        bytes = Array(column.strings[Int(column.ids[row])])
        id = nil
    }
}
