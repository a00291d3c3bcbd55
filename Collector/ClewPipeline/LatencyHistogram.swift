/// Counts of latencies in fixed buckets, as a Prometheus histogram.
public struct LatencyHistogram: Hashable, Sendable {
    /// Upper bounds in seconds, inclusive: from a commit that found the disk idle to one that waited for seconds.
    public static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// One count per bound, and one for everything above the last; not cumulative.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// Seconds.
    public private(set) var sum = 0.0

    public init() {}

    public var count: Int { counts.reduce(0, +) }

    public mutating func record(_ latency: Duration) {
        let seconds = latency / .seconds(1)
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}
