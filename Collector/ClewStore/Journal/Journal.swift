import ClewModel
import Dispatch
import Foundation
import Synchronization

/// The rows that were committed last: each commit is one record on disk, and in memory until its segment is flushed to the
/// partitions.
///
/// So a commit of any size costs one write and one fsync, and the partitions only ever get large blocks.
final class Journal: Sendable {
    private struct State {
        /// The one that commits append to.
        var active: Segment?
        /// Full or old, in the order in which they are flushed.
        var frozen: [Segment] = []
        var lastAppend = ContinuousClock.now
        /// Whether a commit writes to ``active``, which must not be flushed before its rows are there.
        var isAppending = false
        /// Whether somebody wanted ``active`` to end meanwhile.
        var isFreezeDue = false
        /// Why the last flush failed.
        var failure: StoreError?
        /// Flushed segments that a reader may still hold.
        var flushed: [WeakSegment] = []
        /// Segments that have a file, or may have one again after a loss of power.
        var named: Set<UInt64> = []

        mutating func freeze() {
            isFreezeDue = false
            if let active = active.take() { frozen.append(active) }
        }
    }

    private struct WeakSegment {
        weak var segment: Segment?
        var id: UInt64
    }

    private let directory: DataDirectory
    private let limits: Limits
    private let state: Mutex<State>
    /// As many as there may be segments; a commit waits for one.
    private let room = DispatchSemaphore(value: 0)

    struct Limits: Sendable {
        /// A segment that has so many rows, bytes or blocks is flushed.
        var rows: Int
        var bytes = 16 << 20
        var blocks = 4096
        /// Segments in memory; while none can be flushed, commits wait and then fail.
        var segments = 4
        /// How long a commit waits.
        var patience: Duration = .seconds(10)
    }

    /// Reads what an earlier process left.
    init(_ directory: DataDirectory, _ limits: Limits, damage: DamageRegister) throws(StoreError) {
        self.directory = directory
        self.limits = limits
        var recovered = State()
        for name in try directory.journalNames().sorted() {
            do throws(FileError) {
                let segment = try Segment(recovering: name, in: directory.journalPath, report: damage.reportText)
                guard let segment else { continue }
                recovered.frozen.append(segment)
                recovered.named.insert(segment.id)
            } catch {
                throw StoreError(error)
            }
        }
        do throws(FileError) {
            // A file that is gone must stay gone, because the partitions forget its segment.
            try DataFile.syncDirectory(directory.journalPath)
        } catch {
            throw StoreError(error)
        }
        state = Mutex(recovered)
        // Not given to the initializer: a semaphore must not end below the value it was made with.
        for _ in 0..<limits.segments { room.signal() }
    }

    /// Calls `body` with the segments while none is taken away.
    func read<Value>(_ body: ([Segment]) throws -> Value) rethrows -> Value {
        try state.withLock { try body($0.frozen + ($0.active.map { [$0] } ?? [])) }
    }

    // MARK: Writing

    /// Returns when the blocks are on disk, as a whole or not at all. One call at a time.
    ///
    /// - Returns: Whether a segment ended and wants to be flushed.
    func append(_ blocks: [MemoryBlock]) throws(StoreError) -> Bool {
        defer { state.withLock { $0.isAppending = false } }
        var segment = try activeSegment()
        if !segment.exists {
            // Its rows are in memory and will be flushed; what was written to a removed file would be lost.
            state.withLock { $0.freeze() }
            segment = try activeSegment()
        }
        do throws(FileError) {
            try segment.append(blocks)
        } catch {
            throw StoreError(error)
        }
        let isFull =
            segment.rowCount >= limits.rows || segment.byteCount >= limits.bytes || segment.blockCount >= limits.blocks
        return state.withLock { state in
            state.lastAppend = .now
            let isEnded = isFull || state.isFreezeDue
            if isEnded { state.freeze() }
            return isEnded
        }
    }

    private func activeSegment() throws(StoreError) -> Segment {
        let (active, failure) = state.withLock { state in
            // In one step with taking the segment: it is not frozen from here on.
            state.isAppending = state.active != nil
            return (state.active, state.failure)
        }
        if let active { return active }
        let patience = failure == nil ? Int(clamping: limits.patience.nanoseconds) : 0
        guard room.wait(timeout: .now() + .nanoseconds(patience)) == .success else {
            throw failure ?? StoreError(.overloaded, "the disk is too slow for what comes: try again in a second")
        }
        do throws(FileError) {
            let segment = try Segment(in: directory.journalPath)
            state.withLock { state in
                state.active = segment
                state.isAppending = true
                state.named.insert(segment.id)
            }
            return segment
        } catch {
            room.signal()
            throw StoreError(error)
        }
    }

    /// Ends the active segment, so that it is flushed; once the commit that writes to it is done.
    func freeze() {
        state.withLock { state in
            if state.isAppending { state.isFreezeDue = true } else { state.freeze() }
        }
    }

    /// Ends the active segment if it is old, or if nothing has come for a while.
    func freeze(olderThan age: Duration, idleFor idle: Duration) {
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            state.active.map { now - $0.created >= age || now - state.lastAppend >= idle } ?? false
        }
        if isDue { freeze() }
    }

    // MARK: Flushing

    /// The segment to flush next.
    var oldest: Segment? { state.withLock { $0.frozen.first } }

    func failed(_ error: StoreError) {
        state.withLock { $0.failure = error }
    }

    /// Takes a segment away in the same moment in which `publish` shows its rows elsewhere.
    func finish(_ segment: Segment, publish: () -> Void) {
        state.withLock { state in
            publish()
            state.frozen.removeAll { $0 === segment }
            state.failure = nil
            state.flushed.removeAll { $0.segment == nil }
            state.flushed.append(WeakSegment(segment: segment, id: segment.id))
        }
        if segment.remove(from: directory.journalPath) { state.withLock { _ = $0.named.remove(segment.id) } }
        if segment.isOwn { room.signal() }
    }

    /// Segments that partitions must remember.
    var namedSegments: Set<UInt64> { state.withLock { $0.named } }

    /// Whether a reader may hold the rows of a segment that was flushed.
    func isRead(_ id: UInt64) -> Bool {
        state.withLock { $0.flushed.contains { $0.id == id && $0.segment != nil } }
    }
}
