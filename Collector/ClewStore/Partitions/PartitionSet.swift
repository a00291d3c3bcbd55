import ClewModel
import Foundation
import GRDB
import Synchronization

/// All partitions of a store; at most so many are kept open, the least recently used is closed first.
///
/// A partition that someone still uses stays open until then, and whoever asks for it meanwhile gets the same object: there
/// are never two that know different blocks of one file.
final class PartitionSet: Sendable {
    private struct Entry {
        let statistics = StatisticsRecord()
        weak var partition: Partition?
    }

    private struct State {
        var days: [PartitionDay: Entry]
        /// Least recently used first.
        var open: [Partition] = []

        mutating func touch(_ partition: Partition, maximumOpen: Int) {
            open.removeAll { $0 === partition }
            open.append(partition)
            if open.count > maximumOpen { open.removeFirst() }
        }
    }

    let directory: DataDirectory
    private let maximumOpen: Int
    private let damage: DamageRegister
    private let state: Mutex<State>

    init(_ directory: DataDirectory, maximumOpen: Int, damage: DamageRegister) throws(StoreError) {
        self.directory = directory
        self.damage = damage
        self.maximumOpen = max(1, maximumOpen)
        let days = try directory.days().map { ($0, Entry()) }
        state = Mutex(State(days: Dictionary(days) { first, _ in first }))
    }

    /// The days that may hold rows of a span of time, newest first.
    func days(_ time: Range<UnixNanoseconds>? = nil) -> [PartitionDay] {
        let days = state.withLock { Array($0.days.keys) }.sorted(by: >)
        guard let time else { return days }
        guard !time.isEmpty else { return [] }
        let range = PartitionDay(of: time.lowerBound)...PartitionDay(of: time.upperBound - 1)
        return days.filter(range.contains)
    }

    /// The partition of a day, opened and created if need be.
    func partition(_ day: PartitionDay) throws(StoreError) -> Partition {
        try state.withLock { state throws(StoreError) in
            try partition(day, state.days[day] ?? Entry(), &state)
        }
    }

    private func partition(_ day: PartitionDay, _ known: Entry, _ state: inout State) throws(StoreError) -> Partition {
        var entry = known
        let partition: Partition
        if let open = entry.partition, open.exists {
            partition = open
        } else {
            state.open.removeAll { $0.day == day }
            partition = try open(day, entry.statistics)
            entry.partition = partition
            state.days[day] = entry
        }
        state.touch(partition, maximumOpen: maximumOpen)
        return partition
    }

    /// The partition of a day that has one.
    func existing(_ day: PartitionDay) throws(StoreError) -> Partition? {
        // In one step, so that a day that is removed meanwhile does not come back.
        try state.withLock { state throws(StoreError) in
            guard let entry = state.days[day] else { return nil }
            return try partition(day, entry, &state)
        }
    }

    func statistics(_ day: PartitionDay) throws(StoreError) -> PartitionStatistics {
        if let known = state.withLock({ $0.days[day]?.statistics.current }) { return known }
        _ = try existing(day)
        return knownStatistics(day)
    }

    /// Those of a partition that was opened before, or is gone.
    func knownStatistics(_ day: PartitionDay) -> PartitionStatistics {
        state.withLock { $0.days[day]?.statistics.current } ?? PartitionStatistics([])
    }

    func close() {
        state.withLock { $0.open.removeAll() }
        directory.close()
    }

    /// Takes a day out and removes its files; who reads it goes on reading.
    func remove(_ day: PartitionDay) throws(StoreError) {
        state.withLock { state in
            state.days[day] = nil
            state.open.removeAll { $0.day == day }
        }
        for path in directory.files(of: day) where FileManager.default.fileExists(atPath: path) {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                throw StoreError(writing: path, error)
            }
        }
    }

    /// Puts a partition aside that cannot be written because it is damaged; the day goes on in new files.
    func setAside(_ partition: Partition, _ error: StoreError) {
        state.withLock { state in
            state.days[partition.day] = nil
            state.open.removeAll { $0 === partition }
        }
        rename(partition.day, error)
    }

    private func rename(_ day: PartitionDay, _ error: StoreError) {
        let suffix = ".damaged-\(UInt64.random(in: .min ... .max))"
        for path in directory.files(of: day) {
            try? FileManager.default.moveItem(atPath: path, toPath: path + suffix)
        }
        let path = directory.path(of: day)
        damage.add(BlockAddress(day: day, id: 0), in: path, "the file was renamed to \(path + suffix): \(error)")
    }

    /// Opens a day's files. Where the catalogue is no database any more, both are renamed, so that the day goes on in new
    /// files.
    private func open(_ day: PartitionDay, _ statistics: StatisticsRecord) throws(StoreError) -> Partition {
        do {
            let partition = try Partition(day: day, directory: directory, statistics: statistics)
            partition.reportDamage(to: damage)
            return partition
        } catch {
            guard error.isDamage else { throw error }
            rename(day, error)
            return try Partition(day: day, directory: directory, statistics: statistics)
        }
    }
}
