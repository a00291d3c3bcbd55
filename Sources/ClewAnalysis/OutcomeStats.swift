/// Calls, errors and durations of one thing, being counted.
struct OutcomeStats {
    private(set) var count = 0
    private(set) var errors = 0
    private(set) var histogram = DurationHistogram()
    private var maximum: UInt64 = 0

    mutating func record(duration: UInt64, isError: Bool) {
        count += 1
        if isError { errors += 1 }
        histogram.record(duration)
        maximum = max(maximum, duration)
    }

    mutating func merge(_ other: OutcomeStats) {
        count += other.count
        errors += other.errors
        histogram.merge(other.histogram)
        maximum = max(maximum, other.maximum)
    }

    var quantiles: Quantiles { histogram.quantiles(maximum: maximum) }
}
