import ClewModel

/// A block in memory, with the bytes that the journal holds of it.
struct MemoryBlock: Sendable {
    var day: PartitionDay
    var header: BlockHeader
    var bytes: [UInt8]
    var fingerprints: Fingerprints

    init(_ day: PartitionDay, _ block: EncodedBlock) {
        self.day = day
        header = block.header
        bytes = block.bytes
        fingerprints = block.fingerprints
    }

    fileprivate init(reading cursor: inout ByteCursor) throws(DamagedColumn) {
        let number = try cursor.varint()
        guard number <= UInt64(PartitionDay(of: .max).number) else { throw DamagedColumn("day \(number)") }
        day = PartitionDay(number: Int(number))
        header = try BlockHeader(reading: &cursor)
        bytes = Array(try cursor.take(header.byteCount))
        let reader = try BlockReader(header, .memory(bytes))
        fingerprints = Fingerprints(unordered: try reader.dictionary(BlockSchema.Dictionary.traceID).strings)
    }
}

extension [MemoryBlock] {
    /// What a commit writes into the journal: a varint count; for each block a varint day, its header and its bytes.
    var record: [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(reduce(16) { $0 + $1.bytes.count + 256 })
        record.appendVarint(UInt64(count))
        for block in self {
            record.appendVarint(UInt64(block.day.number))
            block.header.serialize(into: &record)
            record.append(contentsOf: block.bytes)
        }
        return record
    }

    init(reading record: [UInt8]) throws(DamagedColumn) {
        self.init()
        var cursor = ByteCursor(record)
        for _ in 0..<(try cursor.count()) { append(try MemoryBlock(reading: &cursor)) }
    }
}
