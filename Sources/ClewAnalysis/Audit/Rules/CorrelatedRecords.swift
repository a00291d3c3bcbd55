import ClewModel

/// Counts log records without the correlation id of the request that they belong to.
///
/// Records and traces come in any order: what a trace says of its services is kept until the end.
struct CorrelatedRecords: Sendable {
    /// What the records of one service lack.
    struct Loss {
        var service: String
        var share: AuditStatistics.Share
        var evidence: [Finding.Evidence]
    }

    private struct Place: Hashable, Sendable {
        var trace: TraceID
        var service: String
    }

    /// Records of one service in one trace.
    private struct Lacking: Sendable {
        var missing = 0
        /// Those that have the id of the trace: all that there is where a request brought none.
        var substituted = 0
        var first = UnixNanoseconds.max
        var span: SpanID?
    }

    /// Whether the id is to be another than that of the trace.
    private var expected = BoundedTable<Place, Bool>()
    private var lacking = BoundedTable<Place, Lacking>()
    /// Records with an id, by service.
    private var carrying = BoundedTable<String, Int>()

    /// Notes the services of which each span of a trace has the id, or should, as ``CorrelatedSpans/visit(_:)`` tells.
    mutating func expect(_ services: [String: Bool], in trace: TraceID) {
        for (service, isOther) in services {
            expected.update(Place(trace: trace, service: service), initial: isOther) { $0 = $0 || isOther }
        }
    }

    mutating func visit(_ record: LogRecord) {
        guard let trace = record.traceID, trace.isValid else { return }
        let service = BoundedText.cut(record.resource.serviceName)
        let id = record.attributes.firstString(of: SemanticConventions.correlationID)
        if let id, id != trace.hex {
            carrying.update(service, initial: 0) { $0 += 1 }
            return
        }
        lacking.update(Place(trace: trace, service: service), initial: Lacking()) {
            if id == nil { $0.missing += 1 } else { $0.substituted += 1 }
            guard (record.effectiveTime, record.spanID ?? .invalid) < ($0.first, $0.span ?? .invalid) else { return }
            $0.first = record.effectiveTime
            $0.span = record.spanID
        }
    }

    /// Nothing where no record of the system carries an id: its logs are made without.
    var losses: [Loss] {
        var losses: [String: (share: AuditStatistics.Share, evidence: WorstEvidence)] = [:]
        for (service, count) in carrying.values {
            losses[service] = (AuditStatistics.Share(count: 0, total: count), WorstEvidence())
        }
        var isUsed = !carrying.values.isEmpty
        for (place, lacking) in lacking.values {
            if lacking.substituted > 0 { isUsed = true }
            guard let isOther = expected[place] else { continue }
            let lost = lacking.missing + (isOther ? lacking.substituted : 0)
            var loss = losses[place.service] ?? (AuditStatistics.Share(count: 0, total: 0), WorstEvidence())
            loss.share.count += lost
            loss.share.total += lacking.missing + lacking.substituted
            if lost > 0 { loss.evidence.add(at: lacking.first, Self.evidence(place, lacking, lost)) }
            losses[place.service] = loss
        }
        guard isUsed else { return [] }
        return losses.map { Loss(service: $0.key, share: $0.value.share, evidence: $0.value.evidence.all) }
    }

    private static func evidence(_ place: Place, _ lacking: Lacking, _ lost: Int) -> Finding.Evidence {
        Finding.Evidence(
            trace: place.trace, spans: lacking.span.map { [$0] } ?? [],
            note: "\(CountText.counted(lost, "log record")) of \(place.service) without the id")
    }
}
