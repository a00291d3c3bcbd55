import Clew
import ClewModel

// Tables hold Unix nanoseconds. Clocks and tables may say anything: arithmetic with their times must not trap.

extension TelemetryClock {
    /// The time of day as tables hold it: SQLite's integers are signed, and end in the year 2262.
    var storedTime: Int64 { Int64(clamping: wall()) }
}

extension FixedWidthInteger {
    /// A moment, in nanoseconds, and so much later; stays at the end of the range.
    func adding(_ duration: Duration) -> Self {
        let step = Self(clamping: duration.nanoseconds)
        let (sum, overflowed) = addingReportingOverflow(step)
        return overflowed ? (step < 0 ? .min : .max) : sum
    }
}

extension Int64 {
    /// The time from an earlier moment to this one; zero where the clock was set back in between.
    func elapsed(since earlier: Int64) -> Duration {
        let (difference, overflowed) = subtractingReportingOverflow(earlier)
        return overflowed || difference < 0 ? .zero : .nanoseconds(difference)
    }
}
