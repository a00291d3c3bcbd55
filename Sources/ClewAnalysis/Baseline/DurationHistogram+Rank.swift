extension DurationHistogram {
    /// Whether a duration in nanoseconds lies above the quantile `q`, and not in its bucket: so none lies above the
    /// quantile of durations that all equal it. False for an empty histogram.
    func isExceeded(by duration: UInt64, at q: Double) -> Bool {
        let total = count
        guard total > 0 else { return false }
        let rank = max(1, min(total, Int((min(max(q, 0), 1) * Double(total)).rounded(.up))))
        return total - count(atLeast: duration) >= rank
    }
}
