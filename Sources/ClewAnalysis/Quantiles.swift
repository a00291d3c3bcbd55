/// The usual quantiles of a set of durations, in nanoseconds; all zero for an empty set.
public struct Quantiles: Hashable, Sendable, Codable {
    public var p50: UInt64
    public var p90: UInt64
    public var p95: UInt64
    public var p99: UInt64
    public var max: UInt64

    public init(p50: UInt64 = 0, p90: UInt64 = 0, p95: UInt64 = 0, p99: UInt64 = 0, max: UInt64 = 0) {
        self.p50 = p50
        self.p90 = p90
        self.p95 = p95
        self.p99 = p99
        self.max = max
    }

    /// The exact quantiles of `durations` by nearest rank: the smallest that the share does not exceed.
    public init(exactly durations: [UInt64]) {
        let sorted = durations.sorted()
        func quantile(_ percent: Int) -> UInt64 {
            sorted.isEmpty ? 0 : sorted[Swift.max(0, (sorted.count * percent + 99) / 100 - 1)]
        }
        self.init(
            p50: quantile(50), p90: quantile(90), p95: quantile(95), p99: quantile(99), max: sorted.last ?? 0)
    }
}
