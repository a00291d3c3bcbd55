import ClewModel

/// A block that a query may read, wherever it lies.
final class ReadableBlock: Sendable {
    let header: BlockHeader
    let address: BlockAddress
    /// Rows that may match, as far as is known without reading columns.
    let rows: [Range<Int>]
    private let path: String
    private let source: BlockSource
    /// Keeps the block where it is.
    private let holder: Holder

    private enum Holder: Sendable {
        case partition(PartitionSnapshot)
        case segment(Segment)
    }

    init(_ block: CataloguedBlock, of snapshot: PartitionSnapshot, rows: [Range<Int>]) {
        header = block.header
        address = BlockAddress(day: snapshot.partition.day, id: block.id)
        self.rows = rows
        path = snapshot.partition.blocksPath
        source = snapshot.source(of: block)
        holder = .partition(snapshot)
    }

    init(_ block: MemoryBlock, of segment: Segment, rows: [Range<Int>]) {
        header = block.header
        address = BlockAddress(day: block.day, id: 0)
        self.rows = rows
        path = segment.path
        source = .memory(block.bytes)
        holder = .segment(segment)
    }

    /// Reads from the block; `nil` when it is damaged, which sets it aside.
    ///
    /// - Parameter rows: Rows that are wanted; `nil` for all.
    func read<Value>(
        rows: Range<Int>? = nil, _ damage: DamageRegister, _ body: (BlockReader) throws -> Value
    ) throws(StoreError) -> Value? {
        do {
            return try body(try BlockReader(header, source, rows: rows))
        } catch let error as DamagedColumn {
            damage.add(address, in: path, error)
            return nil
        } catch {
            throw StoreError(reading: path, error)
        }
    }
}
