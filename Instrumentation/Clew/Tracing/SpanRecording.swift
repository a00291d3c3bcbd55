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
    /// Attributes while they are few and nobody asked for them as the facade's dictionary.
    private var list: Attributes = []
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

    mutating func addEvent(_ event: ClewModel.SpanEvent, _ limits: SpanLimits) {
        if events.count < limits.events { events.append(event) } else { droppedEvents += 1 }
    }

    mutating func addLink(_ link: ClewModel.SpanLink, _ limits: SpanLimits) {
        if links.count < limits.links { links.append(link) } else { droppedLinks += 1 }
    }

    /// - Parameter exception: The event that tells the error.
    mutating func recordError(_ message: String, _ exception: ClewModel.SpanEvent, _ limits: SpanLimits) {
        wasCancelled = false
        lastError = message
        addEvent(exception, limits)
    }

    /// A cancellation is no error; it is only remembered.
    mutating func recordCancellation() { wasCancelled = true }
}

// Made before the span's lock is taken: texts of a program's own types may come from code that uses the span.

extension ClewModel.SpanEvent {
    init(name: String, time: UnixNanoseconds, attributes: SpanAttributes, _ limits: SpanLimits) {
        var limited = attributes
        let dropped = limited.limit(to: limits.attributesPerEvent, keeping: .none)
        self.init(
            time: time,
            name: name,
            attributes: limited.converted(maximumLength: limits.valueLength),
            droppedAttributesCount: UInt32(clamping: dropped)
        )
    }
}

extension ClewModel.SpanLink {
    init(_ context: SpanContext, attributes: SpanAttributes, _ limits: SpanLimits) {
        var limited = attributes
        let dropped = limited.limit(to: limits.attributesPerLink, keeping: .none)
        self.init(
            traceID: context.traceID,
            spanID: context.spanID,
            traceState: context.traceState,
            flags: context.wireFlags(isParentRemote: context.isRemote),
            attributes: limited.converted(maximumLength: limits.valueLength),
            droppedAttributesCount: UInt32(clamping: dropped)
        )
    }
}

// MARK: - Attributes

extension SpanRecording {
    /// Room for the attributes of a common span: its copy is one allocation, where growing would be several.
    private static let roomy = SpanAttributes(Dictionary(minimumCapacity: usualCount))

    /// From as many on, a search through the list costs more than a hash.
    private static let listLimit = 20
    private static let usualCount = 6
    /// More attributes than a program sets in one step.
    private static let largeStep = 32

    var attributes: SpanAttributes {
        var attributes = kept ?? .none
        for entry in list { attributes.set(entry.key, value: SpanAttribute(entry.value)) }
        return attributes
    }

    mutating func setAttribute(_ key: String, _ value: AttributeValue, _ limits: SpanLimits) {
        guard kept == nil, loans == 0 else { return setInDictionary(key, value, limits) }
        // Keys of different lengths, which most are, are told apart without a look at their bytes.
        let length = key.utf8.count
        for index in list.indices where list[index].key.utf8.count == length && list[index].key == key {
            list[index].value = value
            return
        }
        guard list.count < min(Self.listLimit, limits.attributes) else { return setInDictionary(key, value, limits) }
        if list.isEmpty { list.reserveCapacity(Self.usualCount) }
        list.append(Attribute(key, value))
    }

    mutating func setAttributes(_ new: Attributes, _ limits: SpanLimits) {
        if list.isEmpty, kept == nil { list.reserveCapacity(new.count + Self.usualCount) }
        for attribute in new {
            setAttribute(attribute.key, attribute.value.cut(to: limits.valueLength), limits)
        }
    }

    private mutating func setInDictionary(_ key: String, _ value: AttributeValue, _ limits: SpanLimits) {
        fold()
        var attributes = kept.take() ?? Self.roomy
        attributes.set(key, value: SpanAttribute(value))
        if attributes.count > limits.attributes {
            attributes.set(key, value: nil)
            droppedAttributes += 1
        }
        kept = attributes
    }

    /// Makes the list the facade's dictionary.
    private mutating func fold() {
        guard !list.isEmpty else { return }
        kept = attributes
        list = []
    }

    /// Adds `new` to what is there, as the specification's *SetAttributes* does.
    ///
    /// The facade's `updateAttributes` reads all attributes, changes them and writes all back: replaced by those, what
    /// other threads wrote in between would be lost.
    mutating func setAttributes(_ new: SpanAttributes, _ limits: SpanLimits) {
        fold()
        var joined = attributes
        joined.merge(new)
        droppedAttributes += joined.limit(to: limits.attributes, keeping: attributes)
        kept = joined
    }

    /// Gives the attributes to a writer, who returns them with his changes.
    ///
    /// They are moved, not copied: setting one would otherwise copy all. What others read meanwhile lacks them; what
    /// others write meanwhile is kept here and joined on return, and an end waits for it. Just below the limit a copy stays
    /// here, because then it matters which of them were there before.
    mutating func lendAttributes(_ limits: SpanLimits) -> SpanAttributes {
        guard phase == .live || loans > 0 else { return .none }
        fold()
        loans += 1
        guard let lent = kept.take() else { return Self.roomy }
        if lent.count > limits.attributes - Self.largeStep { established = lent }
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
        bytes += list.approximateBytes
        kept?.forEach { key, value in bytes += 32 + key.utf8.count + value.approximateBytes }
        for event in events { bytes += 64 + event.name.utf8.count + event.attributes.approximateBytes }
        for link in links { bytes += 128 + link.attributes.approximateBytes }
        return bytes
    }

    /// - Parameter maximumLength: For what is still as the facade holds it; the list was cut before.
    private func exportedAttributes(maximumLength: Int?) -> Attributes {
        guard let kept else { return list }
        return list + kept.converted(maximumLength: maximumLength)
    }

    /// The span as it is exported.
    func span(of core: SpanCore) -> ClewModel.Span {
        let context = core.spanContext
        var converted = exportedAttributes(maximumLength: core.environment?.limits.valueLength)
        if !converted.contains(where: { $0.key == SemanticConventions.correlationID }) {
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
