import ClewModel
import Foundation
import GRDB
import Synchronization

/// All partitions of a store; at most so many are open at a time, the least recently used is closed first.
final class PartitionSet: Sendable {
    private struct State {
        var days: Set<PartitionDay>
        /// Least recently used first.
        var open: [Partition] = []
        /// Of the partitions that were open once and are closed now.
        var statistics: [PartitionDay: PartitionStatistics] = [:]
    }

    let directory: DataDirectory
    private let maximumOpen: Int
    private let damage: DamageRegister
    private let state: Mutex<State>

    init(_ directory: DataDirectory, maximumOpen: Int, damage: DamageRegister) throws(StoreError) {
        self.directory = directory
        self.damage = damage
        self.maximumOpen = max(1, maximumOpen)
        state = Mutex(State(days: Set(try directory.days())))
    }

    /// The days that may hold rows of a span of time, newest first.
    func days(_ time: Range<UnixNanoseconds> = 0..<UnixNanoseconds.max) -> [PartitionDay] {
        guard !time.isEmpty else { return [] }
        let range = PartitionDay(of: time.lowerBound)...PartitionDay(of: time.upperBound - 1)
        return state.withLock { $0.days.filter(range.contains) }.sorted(by: >)
    }

    /// The partition of a day, opened and created if need be.
    func partition(_ day: PartitionDay) throws(StoreError) -> Partition {
        try state.withLock { state throws(StoreError) in
            if let index = state.open.firstIndex(where: { $0.day == day }) {
                let partition = state.open.remove(at: index)
                state.open.append(partition)
                return partition
            }
            if state.open.count >= maximumOpen {
                // Whoever still reads from it keeps it alive until then.
                let closed = state.open.removeFirst()
                state.statistics[closed.day] = closed.statistics
            }
            let partition = try open(day)
            state.statistics[day] = nil
            state.open.append(partition)
            state.days.insert(day)
            return partition
        }
    }

    /// Opens a day's file. One that is no database any more is renamed, so that the day goes on in a new file.
    private func open(_ day: PartitionDay) throws(StoreError) -> Partition {
        let path = directory.path(of: day)
        do {
            let partition = try Partition(day: day, path: path)
            partition.reportDamage(to: damage)
            return partition
        } catch {
            guard (error.cause as? DatabaseError)?.isDamage == true else { throw error }
            let aside = "\(path).damaged-\(UInt64.random(in: .min ... .max))"
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
            }
            damage.add(BlockAddress(day: day, id: 0), in: path, "the file was renamed to \(aside): \(error)")
            return try Partition(day: day, path: path)
        }
    }

    func statistics(_ day: PartitionDay) throws(StoreError) -> PartitionStatistics {
        if let known = state.withLock({ $0.statistics[day] }) { return known }
        return try partition(day).statistics
    }

    func close() {
        state.withLock { $0.open.removeAll() }
        directory.close()
    }
}
