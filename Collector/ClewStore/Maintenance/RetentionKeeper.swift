import ClewModel
import Synchronization

/// Removes what is older than a store keeps, and the oldest when it takes more of the disk than it may.
struct RetentionKeeper: Sendable {
    let partitions: PartitionSet
    let journal: Journal
    let days: DayAdmission
    /// `nil` for as much as there is room for.
    let maximumBytes: Int?
    let removals: RemovalCounter

    func enforce() throws(StoreError) {
        for day in partitions.days() where days.isExpired(day) { try remove(day) }
        guard let maximumBytes else { return }
        var excess = partitions.directory.bytesOnDisk - maximumBytes
        while excess > 0, let oldest = partitions.days().last, partitions.days().count > 1 {
            try remove(oldest)
            excess = partitions.directory.bytesOnDisk - maximumBytes
        }
        if excess > 0, let last = partitions.days().last { try shrink(last, by: excess) }
    }

    private func remove(_ day: PartitionDay) throws(StoreError) {
        // One that cannot be opened is removed all the same; what it held is then unknown.
        let statistics = try? partitions.statistics(day)
        try partitions.remove(day)
        removals.add(days: 1, records: statistics.map { $0.spans + $0.logRecords } ?? 0)
    }

    /// Takes the oldest blocks out of the one partition that is left; their space is used again.
    private func shrink(_ day: PartitionDay, by excess: Int) throws(StoreError) {
        let partition = try partitions.partition(day)
        let snapshot = partition.snapshot()
        // What is free inside the file already will be used before it grows.
        var excess = excess - partition.freeBytes
        // Not by id: a merged block has old rows and a new id.
        let oldest = snapshot.blocks.sorted { $0.header.times.upperBound < $1.header.times.upperBound }
        let removed = oldest.prefix { block in
            defer { excess -= block.header.byteCount }
            return excess > 0
        }
        guard !removed.isEmpty else { return }
        let change = try partition.write([], replacing: Array(removed), remembering: journal.namedSegments)
        partition.publish(change)
        removals.add(days: 0, records: removed.reduce(0) { $0 + $1.header.rowCount })
    }
}

/// What was removed since the store was opened.
final class RemovalCounter: Sendable {
    private let state = Mutex((days: 0, records: 0))

    var current: (days: Int, records: Int) { state.withLock { $0 } }

    func add(days: Int, records: Int) {
        state.withLock { state in
            state.days += days
            state.records += records
        }
    }
}
