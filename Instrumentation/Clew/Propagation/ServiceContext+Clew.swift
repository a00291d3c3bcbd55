public import ClewModel
public import Tracing

/// What a context knows of the request that it belongs to: one value of one word, because every span that starts copies it
/// out of the context.
enum ActiveRequest: Sendable {
    /// Inside a span, whose correlation id is the request's.
    case inside(SpanCore)
    case other(Details)

    final class Details: Sendable {
        let span: SpanCore?
        let correlation: Correlation?
        let isTracingSuppressed: Bool

        init(_ span: SpanCore?, _ correlation: Correlation?, isTracingSuppressed: Bool) {
            self.span = span
            self.correlation = correlation
            self.isTracingSuppressed = isTracingSuppressed
        }
    }

    var span: SpanCore? {
        switch self {
        case .inside(let span): span
        case .other(let details): details.span
        }
    }

    var correlation: Correlation? {
        switch self {
        case .inside(let span): span.correlation
        case .other(let details): details.correlation
        }
    }

    var isTracingSuppressed: Bool {
        switch self {
        case .inside: false
        case .other(let details): details.isTracingSuppressed
        }
    }
}

private enum ActiveRequestKey: ServiceContextKey {
    typealias Value = ActiveRequest
    static let nameOverride: String? = "clew-request"
}

private enum BaggageKey: ServiceContextKey {
    typealias Value = Baggage
    static let nameOverride: String? = "baggage"
}

private enum SamplingHintKey: ServiceContextKey {
    typealias Value = SamplingHint
    static let nameOverride: String? = "sampling-hint"
}

extension ServiceContext {
    /// The span that new spans become children of; setting it makes it a span of another process. One whose ids are not
    /// valid is none.
    public var spanContext: SpanContext? {
        get { activeRequest?.span?.spanContext }
        set {
            let valid = newValue.flatMap { $0.traceID.isValid && $0.spanID.isValid ? $0 : nil }
            setRequest(valid.map(SpanCore.init(remote:)), activeRequest?.correlation, isTracingSuppressed)
        }
    }

    /// What travels with the request beside the trace.
    public var baggage: Baggage {
        get { self[BaggageKey.self] ?? Baggage() }
        set { self[BaggageKey.self] = newValue.isEmpty ? nil : newValue }
    }

    /// The id that joins all traces and log lines of one business request.
    ///
    /// A request that brings none has the id of the trace that it began with. Setting the id sets `correlation.id` in
    /// ``baggage`` too; one that ``CorrelationID/isValid(_:)`` refuses is not set.
    public var correlationID: String? {
        get {
            guard let request = activeRequest else { return nil }
            return request.correlation?.id ?? request.span?.spanContext.traceID.hex
        }
        set {
            guard newValue.map(CorrelationID.isValid) ?? true else { return }
            setRequest(activeRequest?.span, newValue.map(Correlation.init), isTracingSuppressed)
            baggage[SemanticConventions.correlationID] = newValue
        }
    }

    /// The span of this process that the context is inside of, for wrappers that describe what they do on it.
    package var localSpan: (any Tracing.Span)? {
        guard let core = activeRequest?.span, core.isLocal else { return nil }
        return ClewSpan(core, in: self)
    }

    /// Whether spans started here record nothing and nothing is injected.
    ///
    /// A wrapper that already made a span sets it around a library that would make the same one again.
    public var isTracingSuppressed: Bool {
        get { activeRequest?.isTracingSuppressed ?? false }
        set { setRequest(activeRequest?.span, activeRequest?.correlation, newValue) }
    }

    /// What the next span is about, for samplers that decide by it; see ``SamplingRule``.
    public var samplingHint: SamplingHint? {
        get { self[SamplingHintKey.self] }
        set { self[SamplingHintKey.self] = newValue }
    }

    var activeRequest: ActiveRequest? {
        get { self[ActiveRequestKey.self] }
        set { self[ActiveRequestKey.self] = newValue }
    }

    private mutating func setRequest(_ span: SpanCore?, _ correlation: Correlation?, _ isTracingSuppressed: Bool) {
        activeRequest = .other(.init(span, correlation, isTracingSuppressed: isTracingSuppressed))
    }
}
