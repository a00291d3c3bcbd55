import Dispatch
import Synchronization

/// Writes sealed rows to their partitions.
struct Committer: Sendable {
    let partitions: PartitionSet
    let fingerprints: FingerprintCache

    /// Stores all rows, or none: blocks that went to one partition are taken back when another cannot be written.
    func commit(_ sealed: [IngestShard.Sealed]) throws(StoreError) {
        let encoded = try encode(sealed.flatMap { [$0.builders.spans, $0.builders.logs] })
        let days = Dictionary(grouping: encoded, by: \.day).sorted { $0.key < $1.key }
        var done: [(partition: Partition, ids: [Int64])] = []
        do {
            for (day, blocks) in days {
                let partition = try partitions.partition(day)
                let ids = try partition.insert(blocks.map(\.block))
                done.append((partition, ids))
                for (id, block) in zip(ids, blocks) {
                    fingerprints.insert(block.block.fingerprints, for: BlockAddress(day: day, id: id))
                }
            }
        } catch {
            // Where even this fails the rows stay, unacknowledged: the sender's retry makes them duplicates.
            for (partition, ids) in done { try? partition.remove(ids) }
            throw error
        }
    }

    private typealias DayBlock = (day: PartitionDay, block: EncodedBlock)

    /// Compresses the builders' blocks, on as many cores as there are builders with rows.
    private func encode(_ builders: [BlockBuilder]) throws(StoreError) -> [DayBlock] {
        let builders = builders.filter { $0.rowCount > 0 }
        let results = Mutex<[(Int, Result<[DayBlock], DamagedColumn>)]>([])
        DispatchQueue.concurrentPerform(iterations: builders.count) { index in
            let result = Self.encode(builders[index])
            results.withLock { $0.append((index, result)) }
        }
        do {
            return try results.withLock { $0 }.sorted { $0.0 < $1.0 }.flatMap { try $0.1.get() }
        } catch {
            throw StoreError(.engine, "cannot encode a block: \(error)", cause: error)
        }
    }

    private static func encode(_ builder: BlockBuilder) -> Result<[DayBlock], DamagedColumn> {
        do throws(DamagedColumn) {
            var encoded: [DayBlock] = []
            for (day, block) in try builder.blocks() { encoded.append((day, try EncodedBlock(block))) }
            return .success(encoded)
        } catch {
            return .failure(error)
        }
    }
}
