/// Which spans to find; conditions are joined by *and*.
public struct SpanQuery: Hashable, Sendable {
    /// Start times, from inclusive to exclusive.
    public var time: Range<UnixNanoseconds>
    public var service: String?
    /// The service's name matches; a condition beside ``service``.
    public var servicePattern: TextPattern?
    /// The span's name.
    public var operation: String?
    /// The span's name matches; a condition beside ``operation``.
    public var operationPattern: TextPattern?
    /// Any of these kinds; empty for all.
    public var kinds: Set<SpanKind>
    public var status: SpanStatus.Code?
    /// Nanoseconds, both ends inclusive.
    public var minimumDuration: UInt64?
    public var maximumDuration: UInt64?
    /// Only spans without a parent.
    public var rootsOnly: Bool
    /// Only spans of these traces; `nil` for all.
    public var traceIDs: Set<TraceID>?
    /// Only spans with a link to one of these traces; `nil` for all.
    public var linkedTo: Set<TraceID>?
    public var attributes: [AttributeCondition]
    public var limit: Int

    public init(
        time: Range<UnixNanoseconds> = 0..<UnixNanoseconds.max,
        service: String? = nil,
        servicePattern: TextPattern? = nil,
        operation: String? = nil,
        operationPattern: TextPattern? = nil,
        kinds: Set<SpanKind> = [],
        status: SpanStatus.Code? = nil,
        minimumDuration: UInt64? = nil,
        maximumDuration: UInt64? = nil,
        rootsOnly: Bool = false,
        traceIDs: Set<TraceID>? = nil,
        linkedTo: Set<TraceID>? = nil,
        attributes: [AttributeCondition] = [],
        limit: Int = 20
    ) {
        self.time = time
        self.service = service
        self.servicePattern = servicePattern
        self.operation = operation
        self.operationPattern = operationPattern
        self.kinds = kinds
        self.status = status
        self.minimumDuration = minimumDuration
        self.maximumDuration = maximumDuration
        self.rootsOnly = rootsOnly
        self.traceIDs = traceIDs
        self.linkedTo = linkedTo
        self.attributes = attributes
        self.limit = limit
    }
}

extension SpanQuery {
    /// Whether a span meets every condition; the definition that every store must agree with. Ignores ``limit``.
    public func matches(_ span: Span) -> Bool {
        time.contains(span.start)
            && (service.map { $0 == span.resource.serviceName } ?? true)
            && (servicePattern.map { $0.matches(span.resource.serviceName) } ?? true)
            && (operation.map { $0 == span.name } ?? true)
            && (operationPattern.map { $0.matches(span.name) } ?? true)
            && (kinds.isEmpty || kinds.contains(span.kind))
            && (status.map { $0 == span.status.code } ?? true)
            && (minimumDuration.map { span.duration >= $0 } ?? true)
            && (maximumDuration.map { span.duration <= $0 } ?? true)
            && (!rootsOnly || span.parentSpanID == nil)
            && (traceIDs.map { $0.contains(span.traceID) } ?? true)
            && (linkedTo.map { traces in span.links.contains { traces.contains($0.traceID) } } ?? true)
            && attributes.allSatisfy { $0.matches(span) }
    }
}
