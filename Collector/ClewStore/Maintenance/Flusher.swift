import ClewModel
import Synchronization

/// Moves the rows of a segment of the journal into the partitions, as blocks ordered by trace.
final class Flusher: Sendable {
    private let partitions: PartitionSet
    private let journal: Journal
    private let fingerprints: FingerprintCache
    private let damage: DamageRegister
    private let maximumKeys: Int
    /// What of the oldest segment was written, by day: kept where another day cannot be written, for the next try.
    private let written = Mutex<[PartitionDay: Written]>([:])

    private struct Written {
        var partition: Partition
        var change: Partition.Change
    }

    init(
        partitions: PartitionSet, journal: Journal, fingerprints: FingerprintCache, damage: DamageRegister,
        maximumKeys: Int
    ) {
        self.damage = damage
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
        for (_, blocks) in Dictionary(grouping: blocks, by: \.header.signal) {
            let sources = blocks.compactMap { block in source(block, segment) }
            if !sources.isEmpty { encoded.append(try merge(sources)) }
        }
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

    /// - Returns: `nil` for a block that breaks the format although its checksum is right: to try it again and again would
    ///   stop the intake.
    private func source(_ block: MemoryBlock, _ segment: UInt64) -> Block? {
        do throws(DamagedColumn) {
            return try BlockReader(block.header, .memory(block.bytes)).block()
        } catch {
            damage.reportText("a block of segment \(segment) is damaged and was left out: \(error)")
            return nil
        }
    }

    private func merge(_ sources: [Block]) throws(StoreError) -> EncodedBlock {
        do {
            return try EncodedBlock(BlockMerger.merge(sources, maximumKeys: maximumKeys), .stored)
        } catch {
            throw StoreError(.engine, "cannot merge the blocks of a segment: \(error)", cause: error)
        }
    }
}
