import ClewModel
import Tracing

/// Which headers carry context between processes: `OTEL_PROPAGATORS`.
///
/// The correlation id's header is always read and written.
public struct Propagator: Hashable, Sendable {
    /// `traceparent` and `tracestate`.
    public var usesTraceContext: Bool
    public var usesBaggage: Bool

    public init(traceContext: Bool = true, baggage: Bool = true) {
        usesTraceContext = traceContext
        usesBaggage = baggage
    }

    func extract(into context: inout ServiceContext, header: (String) -> String?) {
        if usesTraceContext, let parent = header("traceparent"),
            let span = TraceParent.parse(parent, traceState: header("tracestate"))
        {
            context.spanContext = span
        }
        if usesBaggage, let text = header("baggage") {
            context.baggage = Baggage(header: text)
        }
        let candidates = [
            header(CorrelationID.header), header(CorrelationID.fallbackHeader),
            context.baggage[SemanticConventions.correlationID],
        ]
        if let id = candidates.lazy.compactMap({ $0 }).first(where: CorrelationID.isValid) {
            context.correlationID = id
        } else {
            // An invalid id in the baggage would travel on beside the one that replaces it.
            context.baggage[SemanticConventions.correlationID] = nil
        }
    }

    func fields(of context: ServiceContext) -> [(String, String)] {
        var fields: [(String, String)] = []
        if usesTraceContext, let span = context.spanContext {
            fields.append(("traceparent", TraceParent.header(span)))
            if !span.traceState.isEmpty { fields.append(("tracestate", span.traceState)) }
        }
        let id = context.correlationID
        if usesBaggage {
            var baggage = context.baggage
            // The id of a request that brought none travels too: a service between may begin a new trace.
            if let id { baggage[SemanticConventions.correlationID] = id }
            if let text = baggage.header { fields.append(("baggage", text)) }
        }
        if let id { fields.append((CorrelationID.header, id)) }
        return fields
    }
}
