import ClewModel

// Settings and times come from programs and clocks: whatever they are, arithmetic with them must not trap.

extension UInt64 {
    /// The sum, which stays at the end of the range.
    func addingSaturated(_ other: UInt64) -> UInt64 { self &+ Swift.min(other, .max - self) }
}

extension Duration {
    /// Nanoseconds, at least a millisecond: a state that lasts no time would never be seen.
    var settingNanoseconds: UInt64 { max(1_000_000, UInt64(clamping: nanoseconds)) }
}

extension Double {
    /// The nearest number from 0 to 1; a half for what is not a number.
    var settingShare: Double { isNaN ? 0.5 : min(1, max(0, self)) }
}
