import ClewModel
import Synchronization

/// Moves the rows of a segment of the journal into the partitions, as blocks ordered by trace.
final class Flusher: Sendable {
    private let partitions: PartitionSet
    private let journal: Journal
    private let fingerprints: FingerprintCache
    private let maximumKeys: Int
    /// What of the oldest segment was written, by day: kept where another day cannot be written, for the next try.
    private let written = Mutex<[PartitionDay: Written]>([:])

    private struct Written {
        var partition: Partition
        var change: Partition.Change
    }

    init(partitions: PartitionSet, journal: Journal, fingerprints: FingerprintCache, maximumKeys: Int) {
        self.partitions = partitions
        self.journal = journal
        self.fingerprints = fingerprints
        self.maximumKeys = maximumKeys
    }

    /// Flushes the oldest frozen segment; one call at a time.
    ///
    /// - Returns: The days that got blocks; `nil` when there is no segment.
    func flushOldest() throws(StoreError) -> [PartitionDay]? {
        guard let segment = journal.oldest else { return nil }
        let days = Dictionary(grouping: segment.blocks, by: \.day).sorted { $0.key < $1.key }
        do throws(StoreError) {
            for (day, blocks) in days where written.withLock({ $0[day] == nil }) {
                let done = try flush(blocks, of: day, segment.id)
                written.withLock { $0[day] = done }
            }
        } catch {
            journal.failed(error)
            throw error
        }
        let changes = written.withLock { written in
            defer { written = [:] }
            return Array(written.values)
        }
        journal.finish(segment) {
            for change in changes { change.partition.publish(change.change) }
        }
        return days.map(\.key)
    }

    private func flush(
        _ blocks: [MemoryBlock], of day: PartitionDay, _ segment: UInt64
    ) throws(StoreError) -> Written {
        let partition = try partitions.partition(day)
        var encoded: [EncodedBlock] = []
        for (_, blocks) in Dictionary(grouping: blocks, by: \.header.signal) { encoded.append(try merge(blocks)) }
        let change: Partition.Change
        do throws(StoreError) {
            change = try partition.write(encoded, segment: segment, remembering: journal.namedSegments)
        } catch {
            // The next try finds new files.
            if error.isDamage { partitions.setAside(partition, error) }
            throw error
        }
        for (block, encoded) in zip(change.added, encoded) {
            fingerprints.insert(encoded.fingerprints, for: BlockAddress(day: day, id: block.id))
        }
        return Written(partition: partition, change: change)
    }

    private func merge(_ blocks: [MemoryBlock]) throws(StoreError) -> EncodedBlock {
        do {
            let sources = try blocks.map { try BlockReader($0.header, .memory($0.bytes)).block() }
            return try EncodedBlock(BlockMerger.merge(sources, maximumKeys: maximumKeys), .stored)
        } catch {
            throw StoreError(.engine, "cannot merge the blocks of a segment: \(error)", cause: error)
        }
    }
}
