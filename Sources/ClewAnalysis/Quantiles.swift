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
}
