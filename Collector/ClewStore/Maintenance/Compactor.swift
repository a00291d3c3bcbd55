import ClewModel
import Foundation

/// Merges small blocks of a partition into large ones, so that their number stays bounded however few rows come at a time.
///
/// Blocks are small while they have less than half the rows of a full one. Small blocks of about the same size (a factor of
/// ``fanIn``) are merged when there are ``fanIn`` of them, so a row is merged a few times at most.
struct Compactor: Sendable {
    /// Rows of a full block: enough that a search looks at few blocks, few enough to merge in memory.
    static let fullRows = 1 << 16
    static let fanIn = 8

    let journal: Journal
    let fingerprints: FingerprintCache
    let damage: DamageRegister
    let maximumKeys: Int

    /// Merges once, if there is something to merge.
    ///
    /// - Returns: Whether there was.
    func compact(_ partition: Partition) throws(StoreError) -> Bool {
        let snapshot = partition.snapshot()
        guard let group = group(snapshot.blocks, of: partition.day) else { return false }
        var sources: [Block] = []
        for block in group {
            do throws(DamagedColumn) {
                sources.append(try BlockReader(block.header, snapshot.source(of: block)).block())
            } catch {
                // Set aside, it is not merged again.
                damage.add(BlockAddress(day: partition.day, id: block.id), in: partition.blocksPath, error)
                return true
            }
        }
        let merged: EncodedBlock
        do throws(DamagedColumn) {
            merged = try EncodedBlock(BlockMerger.merge(sources, maximumKeys: maximumKeys), .stored)
        } catch {
            throw StoreError(.engine, "cannot merge blocks of \(partition.path): \(error)", cause: error)
        }
        let change = try partition.write([merged], replacing: group, remembering: journal.namedSegments)
        for block in change.added {
            fingerprints.insert(merged.fingerprints, for: BlockAddress(day: partition.day, id: block.id))
        }
        partition.publish(change)
        return true
    }

    /// The small blocks of one signal and one size, the oldest first; `nil` where there are too few to merge.
    private func group(_ blocks: [CataloguedBlock], of day: PartitionDay) -> [CataloguedBlock]? {
        let small = blocks.filter { block in
            block.header.rowCount < Self.fullRows / 2
                && !(block.segment.map(journal.isRead) ?? false)
                && !damage.contains(BlockAddress(day: day, id: block.id))
        }
        let groups = Dictionary(grouping: small) { block in
            Size(signal: block.header.signal, tier: Self.tier(block.header.rowCount))
        }
        guard let group = groups.values.filter({ $0.count >= Self.fanIn }).min(by: { $0[0].id < $1[0].id }) else {
            return nil
        }
        var rows = 0
        return Array(
            group.prefix { block in
                rows += block.header.rowCount
                return rows <= 2 * Self.fullRows
            })
    }

    private struct Size: Hashable {
        var signal: Signal
        var tier: Int
    }

    /// The logarithm of a number of rows to the base ``fanIn``.
    private static func tier(_ rows: Int) -> Int {
        (Int.bitWidth - 1 - max(1, rows).leadingZeroBitCount) / fanIn.trailingZeroBitCount
    }
}
