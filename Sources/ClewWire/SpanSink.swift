public import ClewModel

/// What a sink of spans and a sink of log records receive alike.
///
/// A request is handed over as `resource`, then `scope`, then for each span or record any number of its parts, closed by
/// exactly one call that keeps or rejects it. Every byte range is validated before it is handed over: a nested message
/// decodes, a string is UTF-8. The ranges are only valid during the call.
public protocol TelemetrySink: ~Copyable {
    /// A resource begins. `message` is an encoded `Resource`, `schemaURL` is UTF-8.
    mutating func resource(_ message: RawSpan, schemaURL: RawSpan)
    /// A scope of the current resource begins. `message` is an encoded `InstrumentationScope`.
    mutating func scope(_ message: RawSpan, schemaURL: RawSpan)
    /// An attribute of what is being read. `key` is UTF-8, `value` an encoded `AnyValue`.
    mutating func attribute(key: RawSpan, value: RawSpan)
    /// Ends what is being read without keeping it: its form is right but its content cannot be stored.
    mutating func reject(_ reason: RejectionReason)
}

/// Receives the spans of an OTLP request as they are read, without an object per span.
public protocol SpanSink: TelemetrySink, ~Copyable {
    /// An event of the span that is being read, as an encoded `Span.Event`.
    mutating func event(_ message: RawSpan)
    /// A link of the span that is being read, as an encoded `Span.Link`.
    mutating func link(_ message: RawSpan)
    /// Ends the span that is being read.
    mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan)
}

/// The fixed-size fields of a span on the wire.
public struct SpanFields: Hashable, Sendable {
    public var traceID = TraceID.invalid
    public var spanID = SpanID.invalid
    /// `SpanID.invalid` on a root span.
    public var parentSpanID = SpanID.invalid
    public var flags: UInt32 = 0
    public var kind = SpanKind.unspecified
    public var status = SpanStatus.Code.unset
    public var start: UnixNanoseconds = 0
    public var end: UnixNanoseconds = 0
    public var droppedAttributesCount: UInt32 = 0
    public var droppedEventsCount: UInt32 = 0
    public var droppedLinksCount: UInt32 = 0

    public init() {}
}

/// Why a well-formed span or log record was not accepted; the text goes into OTLP's `partial_success.error_message`.
public enum RejectionReason: String, Hashable, Sendable, CaseIterable {
    /// On a log record, where an empty or zero id means none: the length is neither 0 nor 16.
    case invalidTraceID = "trace_id must be 16 bytes, and not all zero on a span"
    /// On a log record, where an empty or zero id means none: the length is neither 0 nor 8.
    case invalidSpanID = "span_id must be 8 bytes, and not all zero on a span"
    case invalidParentSpanID = "parent_span_id must be empty or 8 bytes"
    case tooManyAttributes = "more attributes, events and links than the limit allows"
    /// Times are stored as signed 64-bit nanoseconds; zero (1970) is in range.
    case timeOutOfRange = "a time lies after the year 2262, where signed 64-bit nanoseconds end"
    /// The store has a file for each day, and takes only so many days that are far from now.
    case tooManyDays = "the time is far from now, and as many such days as the store takes are there already"
    /// The store keeps records only for so long.
    case tooOld = "the time is older than what the store keeps"
}
