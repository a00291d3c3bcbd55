import ClewModel
import Tracing

/// A wall-clock reading joined to a monotonic one taken at the same moment.
///
/// All spans that descend from one local root count from the root's anchor: a step of the wall clock in between moves
/// none of them against the others, and no duration is negative.
struct TimeAnchor: Hashable, Sendable {
    let wall: UnixNanoseconds
    let monotonic: UInt64

    init(wall: UnixNanoseconds, monotonic: UInt64) {
        self.wall = wall
        self.monotonic = monotonic
    }

    init(_ clock: TelemetryClock) {
        self.init(wall: clock.wall(), monotonic: clock.monotonic())
    }

    /// The wall-clock time that belongs to a monotonic reading.
    func time(atMonotonic now: UInt64) -> UnixNanoseconds {
        now >= monotonic ? wall &+ (now - monotonic) : wall
    }

    /// The time that a caller's `instant` means, where the default argument means *now by this anchor*.
    ///
    /// The tracing API's default is a reading of the wall clock. What is as near to `now` as two readings taken one after
    /// the other needs no telling apart. Else the caller gave a time of his own, or the wall clock went another way than the
    /// monotonic one: a default then is later at each evaluation.
    ///
    /// - Parameter now: The monotonic clock just before.
    func time<Instant: TracerInstant>(of instant: () -> Instant, now: UInt64) -> UnixNanoseconds {
        let given = instant().nanosecondsSinceEpoch
        guard Instant.self == DefaultTracerClock.Instant.self else { return given }
        let now = time(atMonotonic: now)
        if (given > now ? given - now : now - given) < Self.oneReading { return now }
        let before = DefaultTracerClock.now.nanosecondsSinceEpoch
        let again = instant().nanosecondsSinceEpoch
        return before <= again && again <= DefaultTracerClock.now.nanosecondsSinceEpoch ? now : given
    }

    /// Nanoseconds in which a clock is surely read.
    private static let oneReading: UInt64 = 1000
}
