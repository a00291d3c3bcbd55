/// Which requests a run sends, and when each is due.
struct LoadSchedule: Hashable, Sendable {
    /// How many; `nil` for as many as ``duration`` allows.
    var requests: Int?
    /// Nanoseconds after which no request begins; `nil` for no such end.
    var duration: UInt64?
    /// Nanoseconds from one request to the next; `nil` sends each as soon as a connection is free.
    var interval: Double?

    /// - Parameters:
    ///   - spans: Rounded up to whole requests.
    ///   - duration: Nanoseconds.
    ///   - rate: Spans a second.
    init(spans: Int?, duration: UInt64?, rate: Double?, batch: Int) {
        requests = spans.map { ($0 + batch - 1) / batch }
        self.duration = duration
        interval = rate.map { Double(batch) / $0 * 1e9 }
    }

    /// How long after the start a request is due, in nanoseconds; `nil` where it may go at once.
    func due(_ request: Int) -> UInt64? {
        interval.map { UInt64(min(Double(request) * $0, 9e18)) }
    }

    /// Whether a request is part of the run.
    ///
    /// - Parameter elapsed: Nanoseconds since the start.
    func includes(_ request: Int, elapsed: UInt64) -> Bool {
        if let requests, request >= requests { return false }
        guard let duration else { return true }
        return (due(request) ?? elapsed) < duration
    }

    /// The requests of the run as far as they are known beforehand: without a rate a duration allows any number.
    var knownRequests: Int? {
        guard let duration, let interval else { return requests }
        return min(requests ?? .max, Int((Double(duration) / interval).rounded(.up)))
    }
}
