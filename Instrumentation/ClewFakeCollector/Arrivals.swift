import Synchronization

/// Counts what arrives, so that a test can wait for it instead of sleeping.
public final class Arrivals: Sendable {
    private struct State {
        var count = 0
        var waiters: [(count: Int, done: AsyncStream<Never>.Continuation)] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var count: Int { state.withLock(\.count) }

    /// Says that one more came; what came must be visible by then.
    public func arrived() {
        let ready = state.withLock { state in
            state.count += 1
            let count = state.count
            let ready = state.waiters.filter { $0.count <= count }.map(\.done)
            state.waiters.removeAll { $0.count <= count }
            return ready
        }
        ready.forEach { $0.finish() }
    }

    /// Returns when at least this many came, at `end`, or when the task is cancelled.
    ///
    /// - Returns: Whether so many came.
    @discardableResult
    public func reached(_ count: Int, until end: ContinuousClock.Instant? = nil) async -> Bool {
        let (stream, done) = AsyncStream<Never>.makeStream()
        let isReady = state.withLock { state in
            guard state.count < count else { return true }
            state.waiters.append((count, done))
            return false
        }
        guard !isReady else { return true }
        let timer = end.map { end in
            Task {
                try? await Task.sleep(until: end, clock: .continuous)
                done.finish()
            }
        }
        for await _ in stream {}
        timer?.cancel()
        return self.count >= count
    }
}
