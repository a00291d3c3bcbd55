/// Counts of durations in buckets of equal relative width, so that quantiles have a bounded relative error.
///
/// Buckets follow OpenTelemetry's base-2 exponential histogram at scale 3: eight buckets to a doubling, so a quantile
/// read from it is within 4.5 % of the true one. Merging two histograms adds their counts.
public struct DurationHistogram: Hashable, Sendable, Codable {
    /// Index of the first bucket in ``counts``; bucket `i` holds durations in (2^(i/8), 2^((i+1)/8)] nanoseconds.
    public private(set) var offset: Int
    public private(set) var counts: [Int]
    /// Durations of zero nanoseconds.
    public private(set) var zeroCount: Int

    public init() {
        offset = 0
        counts = []
        zeroCount = 0
    }
}
