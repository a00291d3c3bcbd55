public import ClewModel
public import Tracing

private struct ActiveSpan: Sendable {
    var context: SpanContext
    /// `nil` where the span is of another process.
    var anchor: TimeAnchor?
}

private enum ActiveSpanKey: ServiceContextKey {
    typealias Value = ActiveSpan
    static let nameOverride: String? = "span"
}

private enum BaggageKey: ServiceContextKey {
    typealias Value = Baggage
    static let nameOverride: String? = "baggage"
}

private enum CorrelationIDKey: ServiceContextKey {
    typealias Value = String
    static let nameOverride: String? = "correlation-id"
}

private enum SuppressionKey: ServiceContextKey {
    typealias Value = Bool
    static let nameOverride: String? = "tracing-suppressed"
}

extension ServiceContext {
    /// The span that new spans become children of; setting it makes it a span of another process.
    public var spanContext: SpanContext? {
        get { self[ActiveSpanKey.self]?.context }
        set { self[ActiveSpanKey.self] = newValue.map { ActiveSpan(context: $0, anchor: nil) } }
    }

    /// What travels with the request beside the trace.
    public var baggage: Baggage {
        get { self[BaggageKey.self] ?? Baggage() }
        set { self[BaggageKey.self] = newValue.isEmpty ? nil : newValue }
    }

    /// The id that joins all traces and log lines of one business request; setting it sets `correlation.id` in
    /// ``baggage`` too. An id that ``CorrelationID/isValid(_:)`` refuses is not set.
    public var correlationID: String? {
        get { self[CorrelationIDKey.self] }
        set {
            guard newValue.map(CorrelationID.isValid) ?? true else { return }
            self[CorrelationIDKey.self] = newValue
            baggage[SemanticConventions.correlationID] = newValue
        }
    }

    /// Whether spans started here record nothing and nothing is injected.
    ///
    /// A wrapper that already made a span sets it around a library that would make the same one again.
    public var isTracingSuppressed: Bool {
        get { self[SuppressionKey.self] ?? false }
        set { self[SuppressionKey.self] = newValue ? true : nil }
    }

    var timeAnchor: TimeAnchor? { self[ActiveSpanKey.self]?.anchor }

    /// The context inside a new span. A request without a correlation id gets one here: this is its edge.
    func entering(_ span: SpanContext, anchor: TimeAnchor) -> ServiceContext {
        var context = self
        context[ActiveSpanKey.self] = ActiveSpan(context: span, anchor: anchor)
        if context.correlationID == nil { context.correlationID = CorrelationID.make() }
        return context
    }
}
