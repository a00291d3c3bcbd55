import ClewAnalysis
import ClewModel

/// An audit with findings of each severity, more than are shown in full, and one that is silenced.
enum SampleAudit {
    static let report: AuditReport = {
        let findings = [
            finding(
                "dual-write", .likely, "orders POST /orders => orders", ["orders"],
                "252 requests wrote a database and sent a message themselves", 252,
                Finding.Cost(nanoseconds: 7_540_000_000),
                "the write and the message belong to one request, and no outbox is to be seen", "1 write, 1 message"),
            finding(
                "n-plus-one", .likely, "web-bff GET /home -> catalog GET /products/{id}", ["web-bff", "catalog"],
                "24 calls to catalog GET /products/{id} one after the other in one request; one for all would save about "
                    + "532ms", 25, Finding.Cost(nanoseconds: 13_300_000_000),
                "calls of one shape under one request that do not overlap; whether one needs another's answer is not "
                    + "visible", "24 calls, 1.18s"),
            finding(
                "nano-service", .possible, "tax", ["tax", "orders"],
                "tax works for 310µs (median), and the way there and back takes at least 10.4ms in nine of ten calls",
                163, Finding.Cost(), "the spans have no kinds", ""),
        ]
        let silenced = AuditReport.Silenced(
            finding: finding(
                "shared-database", .likely, "sqlite orders.sqlite", ["notifications", "orders"],
                "orders and notifications write it", 201, Finding.Cost(errors: 3), "both write", ""),
            reason: "the letters move out in March")
        return AuditReport(
            from: SampleShop.from, to: SampleShop.to, traceCount: 3343, spanCount: 12_219, recordCount: 3445,
            ruleCount: 21, findings: findings, silenced: [silenced], keptShare: 0.5)
    }()

    private static func finding(
        _ rule: String, _ confidence: Finding.Confidence, _ place: String, _ services: [String], _ summary: String,
        _ count: Int, _ cost: Finding.Cost, _ reason: String, _ note: String
    ) -> Finding {
        guard let rule = Audit.rules.first(where: { $0.name == rule }) else { preconditionFailure("no rule \(rule)") }
        let evidence = (1...2).map {
            Finding.Evidence(trace: TraceID(high: 0xA1, low: $0), spans: [SpanID(7)], note: note)
        }
        return Finding(
            rule: rule, confidence: confidence, place: place, services: services, summary: summary, occurrences: count,
            population: 2 * count, cost: cost, reason: reason, evidence: evidence)
    }
}
