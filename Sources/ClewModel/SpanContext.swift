/// The part of a span that travels to other processes.
///
/// Source: W3C Trace Context; OpenTelemetry Trace API, "SpanContext".
public struct SpanContext: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    /// W3C trace flags; bit 0 is *sampled*.
    public var flags: UInt8
    public var traceState: String
    /// Whether the context came from another process.
    public var isRemote: Bool

    public init(traceID: TraceID, spanID: SpanID, flags: UInt8 = 1, traceState: String = "", isRemote: Bool = false) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.traceState = traceState
        self.isRemote = isRemote
    }

    public var isSampled: Bool { flags & 1 != 0 }
}
