import ClewModel
import Tracing

/// Which headers carry context between processes: `OTEL_PROPAGATORS`.
///
/// The formats are read in order, and the last that has a valid span context prevails; all of them are written. A header
/// that is absent or not valid leaves the context as it was. The correlation id's header is always read and written.
///
/// Source: OpenTelemetry, "Propagators API".
public struct Propagator: Hashable, Sendable {
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// `traceparent` and `tracestate`; W3C Trace Context.
        case traceContext = "tracecontext"
        /// `baggage`; W3C Baggage.
        case baggage
        /// Writes `b3`; reads both forms of B3.
        case b3
        /// Writes `X-B3-TraceId`, `X-B3-SpanId` and `X-B3-Sampled` or `X-B3-Flags`; reads both forms of B3.
        case b3Multi = "b3multi"
    }

    /// Each format once.
    public let formats: [Format]

    /// - Parameter formats: Of equal ones the first counts; none switches propagation off.
    public init(_ formats: [Format] = [.traceContext, .baggage]) {
        var seen: Set<Format> = []
        self.formats = formats.filter { seen.insert($0).inserted }
    }

    func extract(into context: inout ServiceContext, header: (String) -> String?) {
        var baggage: Baggage?
        for format in formats {
            switch format {
            case .traceContext:
                guard var span = header(TraceParent.header).flatMap(TraceParent.parse) else { continue }
                span.traceState = header(TraceState.header).flatMap(TraceState.valid) ?? ""
                context.spanContext = span
            case .baggage: baggage = header(Baggage.header).flatMap(Baggage.init(header:))
            case .b3, .b3Multi: B3.extract(into: &context, header: header)
            }
        }
        func valid(_ id: String) -> String? { CorrelationID.isValid(id) ? id : nil }
        let id =
            header(CorrelationID.header).flatMap(valid) ?? header(CorrelationID.fallbackHeader).flatMap(valid)
            ?? baggage?[SemanticConventions.correlationID].flatMap(valid)
        if var baggage {
            // An invalid id would travel on beside the one that replaces it.
            baggage[SemanticConventions.correlationID] = nil
            if !baggage.isEmpty {
                baggage[SemanticConventions.correlationID] = context.activeRequest?.correlation?.id
                context.baggage = baggage
            }
        }
        if let id { context.correlationID = id }
    }

    func inject(_ context: ServiceContext, set: (_ header: String, _ value: String) -> Void) {
        let span = context.spanContext.flatMap { $0.isValid ? $0 : nil }
        for format in formats {
            switch format {
            case .traceContext:
                guard let span else { continue }
                set(TraceParent.header, TraceParent.value(span))
                if !span.traceState.isEmpty { set(TraceState.header, span.traceState) }
            case .baggage: if let baggage = context.baggage.header { set(Baggage.header, baggage) }
            case .b3: if let span { B3.inject(span, of: context, set: set) }
            case .b3Multi: if let span { B3.injectHeaders(span, of: context, set: set) }
            }
        }
        if let id = context.correlationID { set(CorrelationID.header, id) }
    }
}

extension Propagator {
    /// All headers that are read or written, those of the default formats first.
    package static let headers = [
        TraceParent.header, TraceState.header, Baggage.header, CorrelationID.header, CorrelationID.fallbackHeader,
        B3.header, B3.traceIDHeader, B3.spanIDHeader, B3.sampledHeader, B3.flagsHeader,
    ]
}
