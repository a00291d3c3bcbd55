import ClewModel
import ClewStore
import ClewWire

/// Traces, spans and logs, given back as they were sent.
extension NativeAPI {
    func trace(_ text: String, _ parameters: QueryParameters, _ form: Answer.OTLPForm) async throws -> Answer {
        try parameters.requireNone(known: "none")
        let id = try Self.traceID(text)
        let spans = try await store.trace(id)
        guard !spans.isEmpty else { throw Self.noTrace(id) }
        return try .otlp(.traces, OTLP.encode(spans), form)
    }

    func spans(_ parameters: QueryParameters, _ form: Answer.OTLPForm) async throws -> Answer {
        var query = try SpanQuery(parameters: timed(parameters))
        query.limit = min(query.limit, maximumResults)
        let spans = try await store.spans(query)
        var answer = try Answer.otlp(.traces, OTLP.encode(spans), form)
        answer.state(limit: query.limit, count: spans.count)
        return answer
    }

    func logs(_ parameters: QueryParameters, _ form: Answer.OTLPForm) async throws -> Answer {
        var query = try LogQuery(parameters: timed(parameters))
        query.limit = min(query.limit, maximumResults)
        let records = try await store.logs(query)
        var answer = try Answer.otlp(.logs, OTLP.encode(records), form)
        answer.state(limit: query.limit, count: records.count)
        return answer
    }

    /// The parameters with `window` resolved to `from` and `to`. A question about named traces is about all time.
    private func timed(_ parameters: QueryParameters) throws -> QueryParameters {
        var rest = parameters
        let everything: Range<UnixNanoseconds>? = parameters.contains { $0.name == "trace" } ? 0..<(.max) : nil
        let window = try TimeWindow(taking: &rest, now: now(), fallback: everything)
        return [("from", String(window.range.lowerBound)), ("to", String(window.range.upperBound))] + rest
    }
}
