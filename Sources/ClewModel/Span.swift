/// One operation of a trace, as it was sent, with the resource and scope that sent it.
///
/// The fields are those of OTLP's `Span` (opentelemetry/proto/trace/v1/trace.proto).
public struct Span: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    /// `nil` on a root span.
    public var parentSpanID: SpanID?
    /// The W3C `tracestate` header's value.
    public var traceState: String
    /// Bits 0–7 are the W3C trace flags; bits 8 and 9 say whether the parent is known to be remote.
    public var flags: UInt32
    public var name: String
    public var kind: SpanKind
    public var start: UnixNanoseconds
    /// May lie before ``start`` when a sender's clock stepped back; see ``duration``.
    public var end: UnixNanoseconds
    public var attributes: Attributes
    public var droppedAttributesCount: UInt32
    public var events: [SpanEvent]
    public var droppedEventsCount: UInt32
    public var links: [SpanLink]
    public var droppedLinksCount: UInt32
    public var status: SpanStatus
    public var resource: Resource
    public var scope: InstrumentationScope

    public init(
        traceID: TraceID,
        spanID: SpanID,
        parentSpanID: SpanID? = nil,
        traceState: String = "",
        flags: UInt32 = 0,
        name: String,
        kind: SpanKind = .unspecified,
        start: UnixNanoseconds,
        end: UnixNanoseconds,
        attributes: Attributes = [],
        droppedAttributesCount: UInt32 = 0,
        events: [SpanEvent] = [],
        droppedEventsCount: UInt32 = 0,
        links: [SpanLink] = [],
        droppedLinksCount: UInt32 = 0,
        status: SpanStatus = SpanStatus(),
        resource: Resource = Resource(),
        scope: InstrumentationScope = InstrumentationScope()
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.traceState = traceState
        self.flags = flags
        self.name = name
        self.kind = kind
        self.start = start
        self.end = end
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.events = events
        self.droppedEventsCount = droppedEventsCount
        self.links = links
        self.droppedLinksCount = droppedLinksCount
        self.status = status
        self.resource = resource
        self.scope = scope
    }

    /// Nanoseconds from start to end; zero when the end lies before the start.
    public var duration: UInt64 { end > start ? end - start : 0 }
}

/// The role of a span in its trace. Raw values are OTLP's.
public enum SpanKind: UInt8, Hashable, Sendable, CaseIterable {
    case unspecified = 0
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5
}

/// The outcome of a span.
public struct SpanStatus: Hashable, Sendable {
    /// Raw values are OTLP's.
    public enum Code: UInt8, Hashable, Sendable, CaseIterable {
        case unset = 0
        case ok = 1
        case error = 2
    }

    public var code: Code
    public var message: String

    public init(_ code: Code = .unset, message: String = "") {
        self.code = code
        self.message = message
    }
}

/// Something that happened at one moment of a span.
public struct SpanEvent: Hashable, Sendable {
    public var time: UnixNanoseconds
    public var name: String
    public var attributes: Attributes
    public var droppedAttributesCount: UInt32

    public init(
        time: UnixNanoseconds, name: String, attributes: Attributes = [], droppedAttributesCount: UInt32 = 0
    ) {
        self.time = time
        self.name = name
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
    }
}

/// A causal reference from a span to a span of this or another trace.
public struct SpanLink: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var traceState: String
    public var flags: UInt32
    public var attributes: Attributes
    public var droppedAttributesCount: UInt32

    public init(
        traceID: TraceID,
        spanID: SpanID,
        traceState: String = "",
        flags: UInt32 = 0,
        attributes: Attributes = [],
        droppedAttributesCount: UInt32 = 0
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.traceState = traceState
        self.flags = flags
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
    }
}
