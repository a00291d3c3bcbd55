/// What a load's requests were answered.
public struct LoadSummary: Hashable, Sendable {
    /// Of each kind; more orders are counted by their status alone.
    static let mostOrders = 10_000

    /// Answers by status code.
    public private(set) var statuses: [Int: Int] = [:]
    /// Requests that got no answer, by reason.
    public private(set) var failures: [String: Int] = [:]
    /// Ids of the first 10,000 orders that the shop refused with 402 or 409.
    public private(set) var refusedOrders: [String] = []
    /// Those of ``refusedOrders`` that were paid when they were refused (409): their payment had to be given back.
    public private(set) var compensatedOrders: [String] = []
    /// Ids of the last orders that were placed and not given back, at most 64.
    public internal(set) var lastOrders: [String] = []
    /// From when a request was due to the end of its answer, in seconds, unordered.
    private var durations: [Double] = []

    public init() {}

    /// Requests that ended, with an answer or without.
    public var count: Int { durations.count }
    /// Answers of 500 and above, and requests without an answer.
    public var errors: Int {
        failures.values.reduce(0, +) + statuses.reduce(0) { $0 + ($1.key >= 500 ? $1.value : 0) }
    }

    mutating func add(status: Int, duration: Duration) {
        statuses[status, default: 0] += 1
        durations.append(duration / .seconds(1))
    }

    mutating func add(failure: String, duration: Duration) {
        failures[failure, default: 0] += 1
        durations.append(duration / .seconds(1))
    }

    /// - Parameter status: 402 where the payment was refused, 409 where a later step was.
    mutating func add(refused order: String, status: Int) {
        guard refusedOrders.count < Self.mostOrders else { return }
        refusedOrders.append(order)
        if status == 409 { compensatedOrders.append(order) }
    }

    /// The durations that this part of the requests stayed within, by nearest rank, in seconds; 0 without requests.
    public func quantiles(_ parts: [Double]) -> [Double] {
        let sorted = durations.sorted()
        guard let last = sorted.indices.last else { return parts.map { _ in 0 } }
        return parts.map { sorted[min(last, max(0, Int(($0 * Double(sorted.count)).rounded(.up)) - 1))] }
    }
}

extension LoadSummary: CustomStringConvertible {
    /// `214 requests: 201 ×140, 404 ×3; p50 12 ms, p95 310 ms, p99 340 ms`.
    public var description: String {
        let answers = statuses.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }
        let silent = failures.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }
        let times = zip(["p50", "p95", "p99"], quantiles([0.5, 0.95, 0.99])).map { name, seconds in
            "\(name) \(Int((seconds * 1000).rounded())) ms"
        }
        return "\(count) requests: \((answers + silent).joined(separator: ", ")); \(times.joined(separator: ", "))"
    }
}
