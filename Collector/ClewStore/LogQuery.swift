public import ClewModel

/// Which log records to find; conditions are joined by *and*.
public struct LogQuery: Hashable, Sendable {
    /// Effective times, from inclusive to exclusive.
    public var time: Range<UnixNanoseconds>
    public var service: String?
    public var traceID: TraceID?
    /// This severity or worse.
    public var minimumSeverity: Severity?
    /// Text that the body contains, ASCII letters in either case.
    public var text: String?
    public var attributes: [AttributeCondition]
    public var limit: Int

    public init(
        time: Range<UnixNanoseconds> = 0..<UnixNanoseconds.max,
        service: String? = nil,
        traceID: TraceID? = nil,
        minimumSeverity: Severity? = nil,
        text: String? = nil,
        attributes: [AttributeCondition] = [],
        limit: Int = 100
    ) {
        self.time = time
        self.service = service
        self.traceID = traceID
        self.minimumSeverity = minimumSeverity
        self.text = text
        self.attributes = attributes
        self.limit = limit
    }
}
