import ClewModel

/// How long to wait before a repetition: exponential backoff with full jitter.
///
/// A random share of `min(cap, base · 2ⁿ)`: of the jitters that were compared it made the fewest calls, because clients
/// that failed together come back spread over the whole time.
///
/// Source: Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), "Full Jitter".
public struct Backoff: Hashable, Sendable {
    /// The longest wait before the first repetition; default 50 ms. Zero or less: no wait at all.
    public var base = Duration.milliseconds(50)
    /// The longest wait before any; default 2 s. Zero or less: no wait at all.
    public var cap = Duration.seconds(2)

    public init() {}

    /// The longest wait before a repetition.
    ///
    /// - Parameter retry: 1 is the first repetition; less counts as 1.
    public func bound(beforeRetry retry: Int) -> Duration {
        let (base, cap) = (Self.nanoseconds(base), Self.nanoseconds(cap))
        guard base > 0 else { return .zero }
        let doublings = retry > 1 ? retry - 1 : 0
        // As many zeros as lead may be shifted out, but for the sign's.
        guard doublings < base.leadingZeroBitCount else { return .nanoseconds(cap) }
        return .nanoseconds(min(cap, base << doublings))
    }

    /// The wait before a repetition, in whole nanoseconds.
    ///
    /// - Parameters:
    ///   - retry: 1 is the first repetition; less counts as 1.
    ///   - random: Which share of the bound: equally likely anywhere in 0..<1. What lies outside is taken as the nearer
    ///     end, and NaN as 1, so that a broken generator cannot make a storm.
    public func delay(beforeRetry retry: Int, random: Double) -> Duration {
        let share = random.isNaN ? 1 : min(max(random, 0), 1)
        // Exact enough, and in range: a hundred years are less than 2^62 nanoseconds.
        return .nanoseconds(Int64(Double(bound(beforeRetry: retry).nanoseconds) * share))
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        min(max(duration, .zero), Deadline.longest).nanoseconds
    }
}
