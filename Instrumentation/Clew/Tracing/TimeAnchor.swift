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
    /// The tracing API's default is a reading of the wall clock. A value that lies between two readings taken around
    /// its evaluation is that default (or equal to it), and the monotonic clock answers better.
    func time(of instant: () -> some TracerInstant, clock: TelemetryClock) -> UnixNanoseconds {
        let before = DefaultTracerClock.now.nanosecondsSinceEpoch
        let given = instant().nanosecondsSinceEpoch
        return Self.isNow(given, since: before) ? time(atMonotonic: clock.monotonic()) : given
    }

    private static func isNow(_ given: UInt64, since before: UInt64) -> Bool {
        guard given >= before else { return false }
        // The second reading costs as much as the first, and is rarely needed.
        return given - before < 1000 || given <= DefaultTracerClock.now.nanosecondsSinceEpoch
    }
}
