public import ClewModel
import NIOCore
import Tracing

/// Where the library reads the time and how it waits; tests replace it (see `ManualClock` in ClewTesting).
public struct TelemetryClock: Sendable {
    /// The time of day, which may step in either direction.
    public var wall: @Sendable () -> UnixNanoseconds
    /// Nanoseconds since an arbitrary moment; never goes back.
    public var monotonic: @Sendable () -> UInt64
    /// Waits; throws `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(
        wall: @escaping @Sendable () -> UnixNanoseconds,
        monotonic: @escaping @Sendable () -> UInt64,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wall = wall
        self.monotonic = monotonic
        self.sleep = sleep
    }

    /// The clocks of the system.
    public static let system = TelemetryClock(
        wall: { DefaultTracerClock.now.nanosecondsSinceEpoch },
        monotonic: { NIODeadline.now().uptimeNanoseconds },
        sleep: { try await Task.sleep(for: $0) }
    )
}
