import ClewModel
import NIOCore
import Synchronization

/// What the connections of a run share: which request comes next, what has become of those sent, and whether to go on.
final class LoadState: Sendable {
    struct Request: Hashable, Sendable {
        var number: Int
        /// From this moment its latency counts; `nil` where it counts from sending.
        var due: NIODeadline?
    }

    struct Totals: Hashable, Sendable {
        var spans = 0
        var requests = 0
        var retries = 0
    }

    let schedule: LoadSchedule
    let source: RequestSource
    let start: NIODeadline
    private let startTime: UnixNanoseconds
    private let next = Atomic(0)
    private let spans = Atomic(0)
    private let requests = Atomic(0)
    private let retries = Atomic(0)
    private let isStopping = Atomic(false)
    private let isReached = Atomic(false)
    private let failure = Mutex<Failure?>(nil)
    private let skipped = Mutex<Set<Int>>([])

    /// - Parameter time: The wall clock's time at `start`.
    init(_ schedule: LoadSchedule, _ source: RequestSource, start: NIODeadline, time: UnixNanoseconds) {
        self.schedule = schedule
        self.source = source
        self.start = start
        startTime = time
    }

    /// The request to send next; `nil` when there are no more, or the run is to end.
    func take(_ now: NIODeadline) -> Request? {
        guard !shouldStop else { return nil }
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard schedule.includes(number, elapsed: elapsed(now)) else {
            skip(number)
            return nil
        }
        let due = schedule.due(number).map { start + .nanoseconds(Int64($0)) }
        return Request(number: number, due: due)
    }

    func unixTime(_ now: NIODeadline) -> UnixNanoseconds { startTime + elapsed(now) }

    private func elapsed(_ now: NIODeadline) -> UInt64 { UInt64(max(0, (now - start).nanoseconds)) }

    // MARK: what became of requests

    func count(spans: Int) {
        self.spans.wrappingAdd(spans, ordering: .relaxed)
        requests.wrappingAdd(1, ordering: .relaxed)
    }

    /// A request that was taken and is not sent after all.
    func skip(_ number: Int) { _ = skipped.withLock { $0.insert(number) } }

    /// Requests were taken up to this number, but for those in ``unsent``.
    var taken: Int { next.load(ordering: .relaxed) }

    /// At most one of each connection.
    var unsent: Set<Int> { skipped.withLock { $0 } }

    func countRetry() { retries.wrappingAdd(1, ordering: .relaxed) }

    var totals: Totals {
        Totals(
            spans: spans.load(ordering: .relaxed), requests: requests.load(ordering: .relaxed),
            retries: retries.load(ordering: .relaxed))
    }

    // MARK: the end

    var shouldStop: Bool { isStopping.load(ordering: .relaxed) }

    /// Lets requests under way end, and begins no more.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Ends the run; the first failure is the one that is told.
    func fail(_ reason: Failure) {
        failure.withLock { $0 = $0 ?? reason }
        stop()
    }

    var firstFailure: Failure? { failure.withLock { $0 } }

    /// Whether any connection was ever made, so that a collector that restarts is told from one that is not there.
    var hasReachedTarget: Bool {
        get { isReached.load(ordering: .relaxed) }
        set { isReached.store(newValue, ordering: .relaxed) }
    }
}
