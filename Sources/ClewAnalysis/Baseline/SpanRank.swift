/// Where a span's duration stands among those of its operation in other traces.
public struct SpanRank: Hashable, Sendable {
    public enum Mark: String, Hashable, Sendable, CaseIterable {
        /// Nothing to point out.
        case none
        /// Above the p95.
        case slow
        /// Above the p99.
        case verySlow
        /// The operation was seen too seldom to be compared: less than ``OperationBaseline/minimumSamples`` times.
        case unusual
    }

    public var mark: Mark
    /// Samples that the quantiles are of.
    public var count: Int
    /// Of the operation, in nanoseconds, within 4.5 %; zero without samples.
    public var p50: UInt64
    public var p95: UInt64
    public var p99: UInt64
    /// The span's duration over ``p50``; a ``p50`` below a nanosecond counts as one.
    public var factor: Double

    /// Whether the duration stands out.
    public var isMarked: Bool { mark == .slow || mark == .verySlow }

    /// - Parameters:
    ///   - duration: The span's, in nanoseconds.
    ///   - durations: Those of its operation.
    public init(of duration: UInt64, in durations: DurationHistogram) {
        count = durations.count
        if count < OperationBaseline.minimumSamples {
            mark = .unusual
        } else if durations.isExceeded(by: duration, at: 0.99) {
            mark = .verySlow
        } else {
            mark = durations.isExceeded(by: duration, at: 0.95) ? .slow : .none
        }
        (p50, p95, p99) = (durations.quantile(0.5), durations.quantile(0.95), durations.quantile(0.99))
        factor = Double(duration) / Double(max(1, p50))
    }
}
