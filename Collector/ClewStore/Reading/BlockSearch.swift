import ClewModel
import Dispatch
import Synchronization

/// The blocks that one query may have to read, day by day.
///
/// It holds the rows that are in memory from the beginning; a block of a partition that has the same rows, because they were
/// flushed meanwhile, is left out.
struct BlockSearch<Query: BlockQuery>: Sendable {
    private let query: Query
    private let store: EmbeddedStore
    private let segments: [Segment]
    /// Newest first.
    let days: [PartitionDay]

    init(_ query: Query, _ store: EmbeddedStore) {
        self.query = query
        self.store = store
        segments = store.journal.read { $0 }
        let daysInMemory = segments.flatMap { $0.blocks.map(\.day) }
        days =
            query.time.isEmpty
            ? []
            : Set(store.partitions.days() + daysInMemory).filter { day in
                day.times.lowerBound < query.time.upperBound
                    && (day.times.upperBound == .max || day.times.upperBound > query.time.lowerBound)
            }.sorted(by: >)
    }

    /// The blocks of a day that may hold rows that match, by newest row first.
    func blocks(of day: PartitionDay) throws(StoreError) -> [ReadableBlock] {
        var result: [ReadableBlock] = []
        var inMemory: Set<UInt64> = []
        for segment in segments {
            for block in segment.blocks where block.day == day {
                inMemory.insert(segment.id)
                guard mayMatch(block.header) else { continue }
                let rows = rows(block.fingerprints, block.header)
                if !rows.isEmpty { result.append(ReadableBlock(block, of: segment, rows: rows)) }
            }
        }
        if let snapshot = try store.partitions.existing(day)?.snapshot() {
            for block in snapshot.blocks where mayMatch(block.header) {
                if let segment = block.segment, inMemory.contains(segment) { continue }
                let rows = try rows(block, of: snapshot)
                if !rows.isEmpty { result.append(ReadableBlock(block, of: snapshot, rows: rows)) }
            }
        }
        return result.sorted { $0.header.times.upperBound > $1.header.times.upperBound }
    }

    private func mayMatch(_ header: BlockHeader) -> Bool {
        header.signal == Query.signal && header.times.lowerBound < query.time.upperBound
            && header.times.upperBound >= query.time.lowerBound
            && header.mayMatch(service: query.service, query.attributes)
    }

    private func rows(_ block: CataloguedBlock, of snapshot: PartitionSnapshot) throws(StoreError) -> [Range<Int>] {
        let address = BlockAddress(day: snapshot.partition.day, id: block.id)
        if store.damage.contains(address) { return [] }
        guard query.soughtTraces != nil else { return [0..<block.header.rowCount] }
        if let known = store.fingerprints[address] { return rows(known, block.header) }
        let reading = ReadableBlock(block, of: snapshot, rows: [])
        guard let read = try reading.read(rows: 0..<0, store.damage, { try $0.fingerprints() }) else { return [] }
        store.fingerprints.insert(read, for: address)
        return rows(read, block.header)
    }

    /// The rows of a block that may belong to the traces that are sought.
    private func rows(_ fingerprints: Fingerprints, _ header: BlockHeader) -> [Range<Int>] {
        guard let traces = query.soughtTraces else { return [0..<header.rowCount] }
        var ranges: [Range<Int>] = []
        for trace in traces {
            let rows = fingerprints.rows(of: trace, rowCount: header.rowCount)
            if !rows.isEmpty, !ranges.contains(rows) { ranges.append(rows) }
        }
        return ranges
    }
}

extension BlockQuery {
    /// Calls `body` for each run of rows that match, as a reader and rows that count from the reader's first; `nil` results
    /// of damaged blocks are left out.
    func matches<Value>(
        in block: ReadableBlock, _ damage: DamageRegister, _ body: (BlockReader, [Int]) throws -> Value
    ) throws(StoreError) -> [Value] {
        var values: [Value] = []
        for range in block.rows {
            let value = try block.read(rows: range, damage) { reader -> Value? in
                let rows = try rows(reader)
                return rows.isEmpty ? nil : try body(reader, rows)
            }
            if let value = value ?? nil { values.append(value) }
        }
        return values
    }
}

/// Runs `body` for each number below `count` on all cores; the results in order.
func concurrently<Value: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws(StoreError) -> Value
) throws(StoreError) -> [Value] {
    if count <= 1 { return count == 0 ? [] : [try body(0)] }
    let results = Mutex<[Int: Result<Value, StoreError>]>([:])
    DispatchQueue.concurrentPerform(iterations: count) { index in
        let result: Result<Value, StoreError>
        do throws(StoreError) {
            result = .success(try body(index))
        } catch {
            result = .failure(error)
        }
        results.withLock { $0[index] = result }
    }
    var values: [Value] = []
    let all = results.withLock { $0 }
    for index in 0..<count {
        if let result = all[index] { values.append(try result.get()) }
    }
    return values
}
