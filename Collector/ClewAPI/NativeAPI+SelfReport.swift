import ClewModel
import ClewPipeline
import ClewStore

/// What the daemon tells about itself.
extension NativeAPI {
    func status(_ parameters: QueryParameters) async throws -> Answer {
        try parameters.requireNone(known: "none")
        return try .json(
            CollectorStatus(
                version: CollectorVersion.current, uptimeSeconds: uptime / .seconds(1), state: readiness.state.rawValue,
                store: await store.status(), receivers: CollectorStatus.Receivers(counters.snapshot)))
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

extension CollectorStatus.Receivers {
    init(_ counters: CollectorCounters.Snapshot) {
        self.init()
        requests = Self.counts(counters.requests)
        refusedRequests = Self.counts(counters.refusedRequests)
        received = Self.counts(counters.received)
        stored = Self.counts(counters.stored)
        refused = Self.counts(counters.refused)
        dropped = Self.counts(counters.dropped)
        (datagrams.lost, datagrams.late) = (counters.datagramsLost, counters.datagramsLate)
        let worst = counters.sources.all.sorted { ($1.lost, $0.id) < ($0.lost, $1.id) }.prefix(100)
        datagrams.sources = worst.map {
            CollectorStatus.Datagrams.Source(id: SpanID($0.id).hex, received: $0.received, lost: $0.lost, late: $0.late)
        }
    }

    private static func counts(_ series: [CollectorCounters.Series: Int]) -> [CollectorStatus.Count] {
        series.sorted { $0.key < $1.key }.map { series, count in
            CollectorStatus.Count(
                signal: series.signal.rawValue, transport: series.transport.rawValue, reason: series.reason?.label,
                count: count)
        }
    }
}
