import ClewModel
import Tracing

/// What a span has gathered so far. A plain value: ``SpanCore`` holds it under its lock.
struct SpanRecording {
    enum Phase {
        /// Nothing is recorded, or it was exported.
        case none
        case live
        case ended
    }

    private(set) var phase: Phase
    var name: String
    /// `nil` where there are none, and while they are lent.
    private var kept: SpanAttributes?
    private var loans = 0
    /// Those of before a loan, where the limit is near: what came first is kept.
    private var established = SpanAttributes.none
    private var droppedAttributes = 0
    private var events: [ClewModel.SpanEvent] = []
    private var droppedEvents = 0
    private var links: [ClewModel.SpanLink] = []
    private var droppedLinks = 0
    private(set) var status = ClewModel.SpanStatus()
    private var lastError: String?
    private var wasCancelled = false
    private(set) var end: UnixNanoseconds = 0

    /// Records nothing.
    init() {
        phase = .none
        name = ""
    }

    init(name: String) {
        phase = .live
        self.name = name
    }

    /// Whether the span has ended and nobody writes to it any more.
    var isComplete: Bool { phase == .ended && loans == 0 }

    /// - Returns: Whether this was the end; later calls change nothing.
    mutating func end(at time: UnixNanoseconds) -> Bool {
        guard phase == .live else { return false }
        phase = .ended
        end = time
        return true
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

    mutating func addEvent(name: String, time: UnixNanoseconds, attributes: SpanAttributes, _ limits: SpanLimits) {
        guard events.count < limits.events else {
            droppedEvents += 1
            return
        }
        var limited = attributes
        let dropped = limited.limit(to: limits.attributesPerEvent, keeping: .none)
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
    mutating func recordError(
        _ error: any Error, attributes: SpanAttributes, time: UnixNanoseconds, _ limits: SpanLimits
    ) {
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
        addEvent(name: SemanticConventions.exceptionEvent, time: time, attributes: exception, limits)
    }

    mutating func addLink(_ context: SpanContext, attributes: SpanAttributes, _ limits: SpanLimits) {
        guard links.count < limits.links else {
            droppedLinks += 1
            return
        }
        var limited = attributes
        let dropped = limited.limit(to: limits.attributesPerLink, keeping: .none)
        links.append(
            ClewModel.SpanLink(
                traceID: context.traceID,
                spanID: context.spanID,
                traceState: context.traceState,
                flags: context.wireFlags(isParentRemote: context.isRemote),
                attributes: limited.converted(maximumLength: limits.valueLength),
                droppedAttributesCount: UInt32(clamping: dropped)
            )
        )
    }
}

// MARK: - Attributes

extension SpanRecording {
    /// Room for the attributes of a common span: its copy is one allocation, where growing would be several.
    private static let roomy = SpanAttributes(Dictionary(minimumCapacity: 6))

    var attributes: SpanAttributes { kept ?? .none }

    /// Adds `new` to what is there, as the specification's *SetAttributes* does.
    ///
    /// The facade's `updateAttributes` reads all attributes, changes them and writes all back: replaced by those, what
    /// other threads wrote in between would be lost.
    mutating func setAttributes(_ new: SpanAttributes, _ limits: SpanLimits) {
        var joined = attributes
        joined.merge(new)
        droppedAttributes += joined.limit(to: limits.attributes, keeping: attributes)
        kept = joined
    }

    /// Gives the attributes to a writer, who returns them with his changes.
    ///
    /// They are moved, not copied: setting one would otherwise copy all. What others read meanwhile lacks them; what
    /// others write meanwhile is kept here and joined on return, and an end waits for it. Towards the limit a copy stays
    /// here, because then it matters which of them were there before.
    mutating func lendAttributes(_ limits: SpanLimits) -> SpanAttributes {
        guard phase == .live || loans > 0 else { return .none }
        loans += 1
        guard let lent = kept.take() else { return Self.roomy }
        if lent.count >= limits.attributes / 2 { established = lent }
        return lent
    }

    /// - Parameter changed: Is empty afterwards: what is moved needs no count of its references.
    mutating func returnAttributes(_ changed: inout SpanAttributes, _ limits: SpanLimits) {
        // What was written after the end was never lent.
        guard loans > 0 else { return }
        loans -= 1
        if kept != nil || changed.count > limits.attributes {
            changed.merge(attributes)
            droppedAttributes += changed.limit(to: limits.attributes, keeping: established)
        }
        kept = exchange(&changed, with: .none)
    }
}

// MARK: - Export

extension SpanRecording {
    /// Bytes of its texts, and a fixed sum for the rest.
    var approximateBytes: Int {
        var bytes = 512 + name.utf8.count + status.message.utf8.count
        attributes.forEach { key, value in bytes += 32 + key.utf8.count + value.approximateBytes }
        for event in events { bytes += 64 + event.name.utf8.count + event.attributes.approximateBytes }
        for link in links { bytes += 128 + link.attributes.approximateBytes }
        return bytes
    }

    /// The span as it is exported.
    func span(of core: SpanCore) -> ClewModel.Span {
        let context = core.spanContext
        var converted = attributes.converted(maximumLength: core.environment?.limits.valueLength)
        if attributes.get(SemanticConventions.correlationID) == nil {
            converted.append(
                Attribute(SemanticConventions.correlationID, .string(core.correlation?.id ?? context.traceID.hex)))
        }
        return ClewModel.Span(
            traceID: context.traceID,
            spanID: context.spanID,
            parentSpanID: core.parentSpanID,
            traceState: context.traceState,
            flags: context.wireFlags(isParentRemote: core.isParentRemote),
            name: name,
            kind: core.kind,
            start: core.start,
            end: end,
            attributes: converted,
            droppedAttributesCount: UInt32(clamping: droppedAttributes),
            events: events,
            droppedEventsCount: UInt32(clamping: droppedEvents),
            links: links,
            droppedLinksCount: UInt32(clamping: droppedLinks),
            status: status,
            resource: core.environment?.resource ?? Resource(),
            scope: core.environment?.scope ?? InstrumentationScope()
        )
    }
}

extension SpanContext {
    /// OTLP's `flags`: the trace flags, bit 8 (*remoteness is known*) and bit 9 (*the parent or linked span is remote*).
    fileprivate func wireFlags(isParentRemote: Bool) -> UInt32 {
        UInt32(flags) | 0x100 | (isParentRemote ? 0x200 : 0)
    }
}
