import ClewModel

extension Duration {
    /// Reads `250ms`, `30s`, `2m`; `nil` for anything else, for zero and for more than a day.
    init?(text: String) {
        guard let nanoseconds = DurationText.parse(text), nanoseconds > 0,
            nanoseconds <= 86400 * .nanosecondsPerSecond
        else { return nil }
        self = .nanoseconds(Int64(nanoseconds))
    }
}
