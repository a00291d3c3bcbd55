import ClewModel

/// Removes what is older than a store keeps, and the oldest when it takes more of the disk than it may.
struct RetentionKeeper: Sendable {
    let partitions: PartitionSet
    let journal: Journal
    let days: DayAdmission
    /// `nil` for as much as there is room for.
    let maximumBytes: Int?

    func enforce() throws(StoreError) {
        for day in partitions.days() where days.isExpired(day) { try partitions.remove(day) }
        guard let maximumBytes else { return }
        var excess = partitions.directory.bytesOnDisk - maximumBytes
        while excess > 0, let oldest = partitions.days().last, partitions.days().count > 1 {
            try partitions.remove(oldest)
            excess = partitions.directory.bytesOnDisk - maximumBytes
        }
        if excess > 0, let last = partitions.days().last { try shrink(last, by: excess) }
    }

    /// Takes the oldest blocks out of the one partition that is left; their space is used again.
    private func shrink(_ day: PartitionDay, by excess: Int) throws(StoreError) {
        let partition = try partitions.partition(day)
        let snapshot = partition.snapshot()
        // What is free inside the file already will be used before it grows.
        var excess = excess - partition.freeBytes
        let removed = snapshot.blocks.prefix { block in
            defer { excess -= block.header.byteCount }
            return excess > 0
        }
        guard !removed.isEmpty else { return }
        let change = try partition.write([], replacing: Array(removed), remembering: journal.namedSegments)
        partition.publish(change)
    }
}
