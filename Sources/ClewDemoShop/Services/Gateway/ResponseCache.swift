import Clew
import ClewModel
import Synchronization

/// The last answer of a route that all callers get alike, for a short time.
final class ResponseCache<Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        /// Of the monotonic clock, in nanoseconds.
        var expiry: UInt64
    }

    private let lifetime: UInt64
    private let clock: TelemetryClock
    private let entry = Mutex<Entry?>(nil)

    init(lifetime: Duration, clock: TelemetryClock = .system) {
        self.lifetime = UInt64(clamping: lifetime.nanoseconds)
        self.clock = clock
    }

    /// The kept answer, or else a new one. Requests that miss together all ask: the callee bears a few of the same.
    func value(_ make: () async throws -> Value) async rethrows -> Value {
        let now = clock.monotonic()
        if let kept = entry.withLock({ $0.flatMap { $0.expiry > now ? $0.value : nil } }) { return kept }
        let value = try await make()
        entry.withLock { $0 = Entry(value: value, expiry: now &+ lifetime) }
        return value
    }
}
