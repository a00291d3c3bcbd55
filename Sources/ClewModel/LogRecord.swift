/// One log record with the resource and scope that sent it.
///
/// The fields are those of OTLP's `LogRecord` (opentelemetry/proto/logs/v1/logs.proto).
public struct LogRecord: Hashable, Sendable {
    /// When the event happened; zero when the source did not know.
    public var time: UnixNanoseconds
    /// When the record was collected; the fallback for ``time``.
    public var observedTime: UnixNanoseconds
    /// 1–24 by the logs data model; zero is unspecified.
    public var severityNumber: UInt8
    public var severityText: String
    public var body: AttributeValue
    public var attributes: Attributes
    public var droppedAttributesCount: UInt32
    public var flags: UInt32
    /// `nil` on a record outside any trace.
    public var traceID: TraceID?
    public var spanID: SpanID?
    public var eventName: String
    public var resource: Resource
    public var scope: InstrumentationScope

    public init(
        time: UnixNanoseconds,
        observedTime: UnixNanoseconds = 0,
        severityNumber: UInt8 = 0,
        severityText: String = "",
        body: AttributeValue = .empty,
        attributes: Attributes = [],
        droppedAttributesCount: UInt32 = 0,
        flags: UInt32 = 0,
        traceID: TraceID? = nil,
        spanID: SpanID? = nil,
        eventName: String = "",
        resource: Resource = Resource(),
        scope: InstrumentationScope = InstrumentationScope()
    ) {
        self.time = time
        self.observedTime = observedTime
        self.severityNumber = severityNumber
        self.severityText = severityText
        self.body = body
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.flags = flags
        self.traceID = traceID
        self.spanID = spanID
        self.eventName = eventName
        self.resource = resource
        self.scope = scope
    }

    /// ``time``, or ``observedTime`` where the source did not know the time (logs data model, "Timestamp").
    public var effectiveTime: UnixNanoseconds { time != 0 ? time : observedTime }
}
