public import ClewModel

/// Receives the records of an OTLP logs request as they are read, without an object per record.
public protocol LogSink: TelemetrySink, ~Copyable {
    /// Ends the record that is being read. `body` is an encoded `AnyValue`, empty where the record has none.
    mutating func record(_ fields: LogFields, severityText: RawSpan, body: RawSpan, eventName: RawSpan)
}

/// The fixed-size fields of a log record on the wire.
public struct LogFields: Hashable, Sendable {
    public var time: UnixNanoseconds = 0
    public var observedTime: UnixNanoseconds = 0
    /// Values over 24 are kept as they came, up to 255.
    public var severityNumber: UInt8 = 0
    public var droppedAttributesCount: UInt32 = 0
    public var flags: UInt32 = 0
    /// `TraceID.invalid` on a record outside any trace.
    public var traceID = TraceID.invalid
    /// `SpanID.invalid` on a record outside any span.
    public var spanID = SpanID.invalid

    public init() {}
}
