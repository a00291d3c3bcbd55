public import Clew
public import ClewModel
import Synchronization

/// A clock that stands still until it is told to move.
public final class ManualClock: Sendable {
    private struct Sleeper {
        var id: Int
        var end: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var monotonic: UInt64 = 0
        var wall: UnixNanoseconds
        var nextID = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var waiters: [(count: Int, done: AsyncStream<Never>.Continuation)] = []
    }

    private let state: Mutex<State>

    /// - Parameter wall: The time of day at the beginning; 2025-01-01T00:00:00Z unless given.
    public init(wall: UnixNanoseconds = 1_735_689_600_000_000_000) {
        state = Mutex(State(wall: wall))
    }

    /// The clock as `Telemetry` takes it.
    public var clock: TelemetryClock {
        TelemetryClock(
            wall: { self.state.withLock(\.wall) },
            monotonic: { self.state.withLock(\.monotonic) },
            sleep: { try await self.sleep($0) }
        )
    }

    /// How many tasks are waiting for the time to come.
    public var sleeperCount: Int { state.withLock(\.sleepers.count) }

    /// Moves both clocks on and wakes whoever has slept long enough.
    public func advance(by duration: Duration) {
        let woken = state.withLock { state -> [Sleeper] in
            let step = UInt64(clamping: duration.nanoseconds)
            state.monotonic += step
            state.wall += step
            let woken = state.sleepers.filter { $0.end <= state.monotonic }
            state.sleepers.removeAll { $0.end <= state.monotonic }
            return woken
        }
        woken.forEach { $0.continuation.resume() }
    }

    /// Moves on to the moment at which the first sleeper wakes.
    ///
    /// - Returns: By how much; nothing where nobody sleeps.
    @discardableResult
    public func advanceToNextSleeper() -> Duration {
        let step = state.withLock { state in
            state.sleepers.map(\.end).min().map { Duration.nanoseconds(Int64(clamping: $0 - state.monotonic)) }
        }
        guard let step else { return .zero }
        advance(by: step)
        return step
    }

    /// Moves only the time of day, as an administrator or NTP does; it ends at 1970.
    public func stepWall(by duration: Duration) {
        let step = duration.nanoseconds
        state.withLock { state in
            let (moved, overflowed) =
                step < 0
                ? state.wall.subtractingReportingOverflow(step.magnitude)
                : state.wall.addingReportingOverflow(step.magnitude)
            state.wall = overflowed ? (step < 0 ? 0 : .max) : moved
        }
    }

    /// Returns when at least this many tasks sleep, so that a test knows who will be woken by ``advance(by:)``, or when the
    /// task is cancelled.
    public func sleepers(atLeast count: Int) async {
        let (stream, done) = AsyncStream<Never>.makeStream()
        let isReady = state.withLock { state in
            guard state.sleepers.count < count else { return true }
            state.waiters.append((count, done))
            return false
        }
        guard !isReady else { return }
        for await _ in stream {}
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enter(id, duration, $0) }
        } onCancel: {
            cancel(id)
        }
    }

    private func enter(_ id: Int, _ duration: Duration, _ continuation: CheckedContinuation<Void, any Error>) {
        let (result, ready) = state.withLock {
            state -> (Result<Void, any Error>?, [AsyncStream<Never>.Continuation]) in
            if state.cancelled.remove(id) != nil { return (.failure(CancellationError()), []) }
            guard duration > .zero else { return (.success(()), []) }
            // Not past the end of time: nobody wakes who sleeps that long.
            let end = state.monotonic &+ min(UInt64(clamping: duration.nanoseconds), .max - state.monotonic)
            state.sleepers.append(Sleeper(id: id, end: end, continuation: continuation))
            let count = state.sleepers.count
            let ready = state.waiters.filter { $0.count <= count }.map(\.done)
            state.waiters.removeAll { $0.count <= count }
            return (nil, ready)
        }
        if let result { continuation.resume(with: result) }
        ready.forEach { $0.finish() }
    }

    private func cancel(_ id: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil
            }
            return state.sleepers.remove(at: index).continuation
        }
        continuation?.resume(throwing: CancellationError())
    }
}
