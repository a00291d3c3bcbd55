import ClewModel
import Tracing

/// The headers of Zipkin: `b3`, and the older `X-B3-…`, one for each field.
///
/// Source: openzipkin/b3-propagation; OpenTelemetry "Propagators API", "B3 requirements". Where the sampling state is
/// absent the request counts as not sampled, and a state without ids (`b3: 0`) says nothing about a context: as in the
/// other OpenTelemetry SDKs.
enum B3 {
    static let header = "b3"
    static let traceIDHeader = "X-B3-TraceId"
    static let spanIDHeader = "X-B3-SpanId"
    static let sampledHeader = "X-B3-Sampled"
    static let flagsHeader = "X-B3-Flags"

    private enum State: String {
        case denied = "0"
        case accepted = "1"
        case debug = "d"
    }

    /// The trace that a caller wants recorded whatever a sampler says: *debug* has no place in a span context.
    private enum DebugTraceKey: ServiceContextKey {
        typealias Value = TraceID
        static let nameOverride: String? = "b3-debug-trace"
    }

    /// Reads both forms, `b3` first; leaves the context alone where neither is valid.
    static func extract(into context: inout ServiceContext, header: (String) -> String?) {
        guard let (span, isDebug) = header(Self.header).flatMap(parse) ?? parse(headers: header) else { return }
        context.spanContext = span
        if isDebug { context[DebugTraceKey.self] = span.traceID }
    }

    static func inject(_ span: SpanContext, of context: ServiceContext, set: (String, String) -> Void) {
        set(header, "\(span.traceID.hex)-\(span.spanID.hex)-\(state(of: span, in: context).rawValue)")
    }

    static func injectHeaders(_ span: SpanContext, of context: ServiceContext, set: (String, String) -> Void) {
        set(traceIDHeader, span.traceID.hex)
        set(spanIDHeader, span.spanID.hex)
        switch state(of: span, in: context) {
        // Debug implies that the trace is sampled, which is then not said again.
        case .debug: set(flagsHeader, "1")
        case let state: set(sampledHeader, state.rawValue)
        }
    }

    private static func state(of span: SpanContext, in context: ServiceContext) -> State {
        guard span.isSampled else { return .denied }
        return context[DebugTraceKey.self] == span.traceID ? .debug : .accepted
    }

    /// Reads `TRACE-SPAN[-STATE[-PARENT]]`.
    private static func parse(_ text: String) -> (SpanContext, isDebug: Bool)? {
        var reader = HeaderReader(text)
        reader.skipBlanks()
        guard let trace = traceID(&reader), reader.skip(dash), let span = reader.hexadecimal(16) else { return nil }
        var state = State.denied
        if reader.skip(dash) {
            guard let given = reader.next().flatMap({ State(rawValue: String(UnicodeScalar($0))) }) else { return nil }
            state = given
            if reader.skip(dash), reader.hexadecimal(16) == nil { return nil }
        }
        return reader.isAtEnd() ? context(trace, SpanID(span), state) : nil
    }

    private static func parse(headers header: (String) -> String?) -> (SpanContext, isDebug: Bool)? {
        guard let (trace, span) = ids(header(traceIDHeader), header(spanIDHeader)) else { return nil }
        if header(flagsHeader)?.trimmed == "1" { return context(trace, span, .debug) }
        switch header(sampledHeader)?.trimmed {
        // The words are those of the first Zipkin libraries.
        case "1", "true": return context(trace, span, .accepted)
        case "0", "false", nil: return context(trace, span, .denied)
        default: return nil
        }
    }

    private static func ids(_ trace: String?, _ span: String?) -> (TraceID, SpanID)? {
        guard let trace, let span else { return nil }
        var (traceReader, spanReader) = (HeaderReader(trace), HeaderReader(span))
        traceReader.skipBlanks()
        spanReader.skipBlanks()
        guard let traceID = traceID(&traceReader), traceReader.isAtEnd(),
            let spanID = spanReader.hexadecimal(16), spanReader.isAtEnd()
        else { return nil }
        return (traceID, SpanID(spanID))
    }

    /// Reads 32 digits, or the 16 of a 64-bit id, which zeros fill up.
    private static func traceID(_ reader: inout HeaderReader) -> TraceID? {
        guard let first = reader.hexadecimal(16) else { return nil }
        var ahead = reader
        guard let second = ahead.hexadecimal(16) else { return TraceID(high: 0, low: first) }
        reader = ahead
        return TraceID(high: first, low: second)
    }

    private static func context(_ trace: TraceID, _ span: SpanID, _ state: State) -> (SpanContext, isDebug: Bool)? {
        let context = SpanContext(traceID: trace, spanID: span, flags: state == .denied ? 0 : 1, isRemote: true)
        return context.isValid ? (context, state == .debug) : nil
    }

    private static let dash = UInt8(ascii: "-")
}
