/// How much one span may hold; what goes beyond is dropped and counted on the span.
///
/// Source of the defaults: OpenTelemetry Trace SDK, "Span Limits".
public struct SpanLimits: Hashable, Sendable {
    /// `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, else `OTEL_ATTRIBUTE_COUNT_LIMIT`; default 128.
    public var attributes = 128
    /// `OTEL_SPAN_EVENT_COUNT_LIMIT`; default 128.
    public var events = 128
    /// `OTEL_SPAN_LINK_COUNT_LIMIT`; default 128.
    public var links = 128
    /// `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`; default 128.
    public var attributesPerEvent = 128
    /// `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`; default 128.
    public var attributesPerLink = 128
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`; in characters; default none.
    public var valueLength: Int?

    public init() {}
}
