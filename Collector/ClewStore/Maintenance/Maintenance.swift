import ClewModel
import Dispatch
import Foundation
import Synchronization

/// What a store does in the background: flush the journal, merge small blocks, remove what is too old or too much.
///
/// One thing at a time, on a thread of its own. Merging takes at most a quarter of a core: after each merge it rests three
/// times as long as the merge took. Flushing is not held back, because commits wait for it.
final class Maintenance: Sendable {
    struct Schedule: Sendable {
        /// A segment of the journal is flushed when it is so old …
        var flushAge: Duration
        /// … or when nothing came for so long.
        var flushIdle: Duration
        var tick: Duration = .milliseconds(500)
        /// How long to wait after work that failed, such as on a full disk.
        var patience: Duration = .seconds(2)
        /// Time of rest for each unit of time of merging.
        var rest = 3.0
    }

    private struct State {
        /// Days whose blocks may be too many.
        var unmerged: Set<PartitionDay> = []
        var isMerging = false
        var isStopped = false
        var lastReport: String?
        /// When work that failed is tried again.
        var retry = ContinuousClock.now
    }

    private let flusher: Flusher
    private let compactor: Compactor
    private let retention: RetentionKeeper
    private let partitions: PartitionSet
    private let journal: Journal
    private let schedule: Schedule
    private let report: (@Sendable (String) -> Void)?
    private let queue = DispatchQueue(label: "clew.store.maintenance", qos: .utility)
    private let state: Mutex<State>

    init(
        flusher: Flusher, compactor: Compactor, retention: RetentionKeeper, partitions: PartitionSet, journal: Journal,
        schedule: Schedule, report: (@Sendable (String) -> Void)?
    ) {
        self.flusher = flusher
        self.compactor = compactor
        self.retention = retention
        self.partitions = partitions
        self.journal = journal
        self.schedule = schedule
        self.report = report
        state = Mutex(State(unmerged: Set(partitions.days().prefix(2))))
        queue.async { self.tick() }
    }

    /// Flushes what is frozen, soon.
    func wake() {
        queue.async { self.flush() }
    }

    /// Flushes everything and ends; returns when that is done.
    func stop() {
        queue.sync {
            journal.freeze()
            flush(evenAfterFailure: true)
            state.withLock { $0.isStopped = true }
        }
    }

    /// Ends without flushing: the journal keeps the rows.
    func cancel() {
        state.withLock { $0.isStopped = true }
    }

    private func tick() {
        guard !state.withLock(\.isStopped) else { return }
        journal.freeze(olderThan: schedule.flushAge, idleFor: schedule.flushIdle)
        flush()
        attempt { () throws(StoreError) in try retention.enforce() }
        let isIdle = state.withLock { state in
            if state.isMerging || state.unmerged.isEmpty { return false }
            state.isMerging = true
            return true
        }
        if isIdle { queue.async { self.merge() } }
        after(schedule.tick) { self.tick() }
    }

    private func flush(evenAfterFailure: Bool = false) {
        guard evenAfterFailure || state.withLock({ $0.retry <= .now }) else { return }
        attempt { () throws(StoreError) in
            while let days = try flusher.flushOldest() {
                state.withLock { $0.unmerged.formUnion(days) }
            }
        }
    }

    /// Merges once, rests, and goes on while there is something to merge.
    private func merge() {
        guard let day = state.withLock({ $0.isStopped ? nil : $0.unmerged.min() }) else {
            state.withLock { $0.isMerging = false }
            return
        }
        let start = ContinuousClock.now
        var didMerge = false
        attempt { () throws(StoreError) in
            didMerge =
                try partitions.existing(day).map { partition throws(StoreError) in
                    try compactor.compact(partition)
                } ?? false
        }
        if !didMerge { state.withLock { _ = $0.unmerged.remove(day) } }
        after((ContinuousClock.now - start) * schedule.rest) { self.merge() }
    }

    private func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: delay.nanoseconds)), execute: body)
    }

    /// A failure is reported once, and the work is tried again a little later.
    private func attempt(_ work: () throws(StoreError) -> Void) {
        do throws(StoreError) {
            try work()
        } catch {
            let isNew = state.withLock { state in
                defer { state.lastReport = error.message }
                state.retry = .now + schedule.patience
                return state.lastReport != error.message
            }
            if isNew { report?("background work of the store failed and will be tried again: \(error.message)") }
        }
    }
}
