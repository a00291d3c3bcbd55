import ClewModel
import ClewPipeline
import ClewStore

/// What the daemon tells about itself.
extension NativeAPI {
    func status(_ parameters: QueryParameters) async throws -> Answer {
        try parameters.requireNone(known: "none")
        return try .json(
            StatusReport(
                version: CollectorVersion.current, uptimeSeconds: uptime / .seconds(1), state: readiness.state.rawValue,
                store: await store.status(), receivers: ReceiverReport(counters.snapshot)))
    }

    func metrics() async throws -> Answer {
        var report = SelfMetrics()
        report.write(counters.snapshot)
        // Metrics are still wanted while the store is closing.
        if let status = try? await store.status() { report.write(status, now: now()) }
        report.write(uptime: uptime)
        return .text(report.output.text, contentType: PrometheusText.contentType)
    }
}

/// The body of `/api/v1/status`.
struct StatusReport: Encodable {
    var version: String
    var uptimeSeconds: Double
    var state: String
    var store: StoreStatus
    var receivers: ReceiverReport
}

/// The receivers' counters as JSON: lists of counts with their labels.
struct ReceiverReport: Encodable {
    struct Count: Encodable {
        var signal: String
        var transport: String
        var reason: String?
        var count: Int
    }

    struct Datagrams: Encodable {
        struct Source: Encodable {
            var id: String
            var received: Int
            var lost: Int
            var late: Int
        }
        var lost: Int
        var late: Int
        /// The sources that lost most, at most 100.
        var sources: [Source]
    }

    var requests: [Count]
    var refusedRequests: [Count]
    var received: [Count]
    var stored: [Count]
    var refused: [Count]
    var dropped: [Count]
    var datagrams: Datagrams

    init(_ counters: CollectorCounters.Snapshot) {
        requests = Self.counts(counters.requests)
        refusedRequests = Self.counts(counters.refusedRequests)
        received = Self.counts(counters.received)
        stored = Self.counts(counters.stored)
        refused = Self.counts(counters.refused)
        dropped = Self.counts(counters.dropped)
        let worst = counters.sources.all.sorted { ($1.lost, $0.id) < ($0.lost, $1.id) }.prefix(100)
        datagrams = Datagrams(
            lost: counters.datagramsLost, late: counters.datagramsLate,
            sources: worst.map {
                .init(id: SpanID($0.id).hex, received: $0.received, lost: $0.lost, late: $0.late)
            })
    }

    private static func counts(_ series: [CollectorCounters.Series: Int]) -> [Count] {
        series.sorted { $0.key < $1.key }.map { series, count in
            Count(
                signal: series.signal.rawValue, transport: series.transport.rawValue, reason: series.reason?.label,
                count: count)
        }
    }
}
