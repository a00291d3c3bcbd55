import ClewModel

/// Spans and log records of a request that lost its correlation id on the way.
struct MissingCorrelationID: AuditDetector {
    static let rule = AuditRule(
        name: "missing-correlation-id",
        title: "missing correlation id",
        severity: .low,
        detection: """
            Where at least `usage` of the traces carry a correlation id: spans lack it, or have the id of their trace \
            in its place, though an ancestor carries it. It takes at least `spans` spans of the service that should \
            have it, and `share` of the calls over the hop. Likewise log records of a service whose spans have the id.
            """,
        harm: "Whoever looks for everything about one request misses what this service did, and what it called.",
        refutation: "The spans are those of a library that adds no attributes; the service's own spans have the id.",
        advice: "Send the id with each call and message; put it on spans and log records from the request's context.",
        parameters: [
            .init("usage", 0.5, "share of the traces that carry an id, 0 to 1"),
            .init("spans", 10, "spans, or log records, of the service that should have the id"),
            .init("share", 0.2, "share of them that lack it, 0 to 1"),
        ])

    private let usage: Double
    private let minimum: Int
    private let share: Double
    private var traces = AuditStatistics.Share(count: 0, total: 0)
    private var spans = CorrelatedSpans()
    private var records = CorrelatedRecords()

    init(_ settings: AuditSettings) {
        usage = settings.value("usage", of: Self.rule)
        minimum = max(1, settings.count("spans", of: Self.rule))
        share = settings.value("share", of: Self.rule)
    }

    mutating func visit(_ trace: AuditTrace) {
        traces.total += 1
        guard trace.requestID != nil else { return }
        traces.count += 1
        let carriers = spans.visit(trace)
        guard let id = trace.id else { return }
        records.expect(carriers, in: id)
    }

    mutating func visit(_ record: LogRecord) {
        records.visit(record)
    }

    func findings(at end: UnixNanoseconds) -> [Finding] {
        guard traces.count > 0, traces.value >= usage else { return [] }
        return spans.losses.compactMap { finding($0) } + records.losses.compactMap { finding($0) }
    }

    private func finding(_ loss: CorrelatedSpans.Loss) -> Finding? {
        guard loss.population >= minimum, loss.share.value >= share else { return nil }
        let (crossing, lost) = (loss.crossing, loss.share)
        let (confidence, reason) = Self.certainty(of: loss)
        return Finding(
            rule: Self.rule, confidence: confidence, place: crossing.text,
            services: crossing.isInner ? [crossing.callee] : [crossing.caller, crossing.callee],
            summary: """
                \(lost.count) of \(lost.total) times the correlation id is lost here, and \(loss.spans) spans lack it
                """,
            occurrences: lost.count, population: lost.total, reason: reason, evidence: loss.evidence)
    }

    private static func certainty(of loss: CorrelatedSpans.Loss) -> (Finding.Confidence, reason: String) {
        if loss.crossing.isInner {
            return (.possible, "the service has the id, and a library's spans may lack it without harm")
        }
        if loss.isReplaced {
            return (.likely, "the caller has the id, the callee that of its trace, as where a request brings none")
        }
        return (.certain, "the caller's span has the id, and the callee's has none")
    }

    private func finding(_ loss: CorrelatedRecords.Loss) -> Finding? {
        guard loss.share.total >= minimum, loss.share.count > 0, loss.share.value >= share else { return nil }
        return Finding(
            rule: Self.rule, confidence: .likely, place: "\(loss.service) logs", services: [loss.service],
            summary: """
                \(loss.share.count) of \(loss.share.total) log records lack the correlation id that the spans of their \
                requests have
                """,
            occurrences: loss.share.count, population: loss.share.total,
            reason: "other log records of the system carry it, and so do the spans of the service in these traces",
            evidence: loss.evidence)
    }
}
