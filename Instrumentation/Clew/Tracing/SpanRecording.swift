import ClewModel
import Tracing

/// What a recording span has gathered so far. A plain value: ``ClewSpan`` holds it under its lock.
struct SpanRecording {
    let kind: ClewModel.SpanKind
    let parent: SpanContext?
    let start: UnixNanoseconds
    let limits: SpanLimits
    var name: String
    private(set) var attributes = SpanAttributes()
    private(set) var droppedAttributes = 0
    private(set) var events: [ClewModel.SpanEvent] = []
    private(set) var droppedEvents = 0
    private(set) var links: [ClewModel.SpanLink] = []
    private(set) var droppedLinks = 0
    private(set) var status = ClewModel.SpanStatus()
    private var lastError: String?
    private var wasCancelled = false

    init(
        name: String, kind: ClewModel.SpanKind, parent: SpanContext?, start: UnixNanoseconds, limits: SpanLimits
    ) {
        self.name = name
        self.kind = kind
        self.parent = parent
        self.start = start
        self.limits = limits
    }

    mutating func setAttributes(_ new: SpanAttributes) {
        var limited = new
        droppedAttributes += limited.limit(to: limits.attributes, keeping: attributes)
        attributes = limited
    }

    /// Follows the specification's order: *ok* is final, and nothing returns to *unset* ("Set Status").
    ///
    /// `withSpan` sets a bare error on every throw. After a cancellation that is ignored, because a caller who went away
    /// is no failure of the operation; a status with a message is the program's own word and stands.
    mutating func setStatus(_ new: Tracing.SpanStatus) {
        guard status.code != .ok else { return }
        switch new.code {
        case .ok:
            status = SpanStatus(.ok)
        case .error:
            if wasCancelled, new.message == nil, status.code == .unset { return }
            status = SpanStatus(.error, message: new.message ?? lastError ?? status.message)
        }
    }

    mutating func addEvent(name: String, time: UnixNanoseconds, attributes: SpanAttributes) {
        guard events.count < limits.events else {
            droppedEvents += 1
            return
        }
        var limited = attributes
        let dropped = limited.limit(to: limits.attributesPerEvent, keeping: SpanAttributes())
        events.append(
            ClewModel.SpanEvent(
                time: time,
                name: name,
                attributes: limited.converted(maximumLength: limits.valueLength),
                droppedAttributesCount: UInt32(clamping: dropped)
            )
        )
    }

    /// Adds an exception event; a cancellation is only remembered.
    mutating func recordError(_ error: any Error, attributes: SpanAttributes, time: UnixNanoseconds) {
        if error is CancellationError {
            wasCancelled = true
            return
        }
        wasCancelled = false
        let message = String(describing: error)
        lastError = message
        var exception = attributes
        exception[SemanticConventions.exceptionType] = ErrorType.name(of: error)
        exception[SemanticConventions.exceptionMessage] = message
        addEvent(name: SemanticConventions.exceptionEvent, time: time, attributes: exception)
    }

    mutating func addLink(_ context: SpanContext, attributes: SpanAttributes) {
        guard links.count < limits.links else {
            droppedLinks += 1
            return
        }
        var limited = attributes
        let dropped = limited.limit(to: limits.attributesPerLink, keeping: SpanAttributes())
        links.append(
            ClewModel.SpanLink(
                traceID: context.traceID,
                spanID: context.spanID,
                traceState: context.traceState,
                flags: context.wireFlags(parent: context),
                attributes: limited.converted(maximumLength: limits.valueLength),
                droppedAttributesCount: UInt32(clamping: dropped)
            )
        )
    }

    /// The span as it is exported. An end before the start is a wall-clock step, and counts as no time.
    func finished(
        _ context: SpanContext, end: UnixNanoseconds, correlationID: String?, resource: Resource,
        scope: InstrumentationScope
    ) -> ClewModel.Span {
        var attributes = attributes.converted(maximumLength: limits.valueLength)
        if let correlationID, self.attributes.get(SemanticConventions.correlationID) == nil {
            attributes.append(Attribute(SemanticConventions.correlationID, .string(correlationID)))
        }
        return ClewModel.Span(
            traceID: context.traceID,
            spanID: context.spanID,
            parentSpanID: parent?.spanID,
            traceState: context.traceState,
            flags: context.wireFlags(parent: parent),
            name: name,
            kind: kind,
            start: start,
            end: max(start, end),
            attributes: attributes,
            droppedAttributesCount: UInt32(clamping: droppedAttributes),
            events: events,
            droppedEventsCount: UInt32(clamping: droppedEvents),
            links: links,
            droppedLinksCount: UInt32(clamping: droppedLinks),
            status: status,
            resource: resource,
            scope: scope
        )
    }
}

extension SpanContext {
    /// OTLP's `flags`: the trace flags, bit 8 (*remoteness is known*) and bit 9 (*the parent or linked span is remote*).
    func wireFlags(parent: SpanContext?) -> UInt32 {
        UInt32(flags) | 0x100 | (parent?.isRemote == true ? 0x200 : 0)
    }
}
