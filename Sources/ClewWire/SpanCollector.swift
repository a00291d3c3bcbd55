public import ClewModel

/// A sink that makes a `Span` of each span: for tests, tools and small inputs.
public struct SpanCollector: SpanSink {
    public private(set) var spans: [Span] = []
    /// How many spans were not accepted, by reason.
    public private(set) var rejected: [RejectionReason: Int] = [:]
    /// The first part that passed the decoder's validation and yet could not be read into the model; always `nil` for what
    /// `OTLP.decodeTraces(_:limits:into:)` hands over under the default limits.
    public private(set) var error: WireError?

    private var resource = Resource()
    private var scope = InstrumentationScope()
    private var attributes: Attributes = []
    private var events: [SpanEvent] = []
    private var links: [SpanLink] = []

    public init() {}

    public mutating func resource(_ message: RawSpan, schemaURL: RawSpan) {
        do {
            resource = try OTLP.decodeResource(message, schemaURL: String(copying: schemaURL))
        } catch {
            note(error)
        }
    }

    public mutating func scope(_ message: RawSpan, schemaURL: RawSpan) {
        do {
            scope = try OTLP.decodeScope(message, schemaURL: String(copying: schemaURL))
        } catch {
            note(error)
        }
    }

    public mutating func attribute(key: RawSpan, value: RawSpan) {
        do {
            attributes.append(Attribute(String(copying: key), try OTLP.decodeValue(value)))
        } catch {
            note(error)
        }
    }

    public mutating func event(_ message: RawSpan) {
        do {
            events.append(try OTLP.decodeEvent(message))
        } catch {
            note(error)
        }
    }

    public mutating func link(_ message: RawSpan) {
        do {
            links.append(try OTLP.decodeLink(message))
        } catch {
            note(error)
        }
    }

    public mutating func span(_ fields: SpanFields, name: RawSpan, traceState: RawSpan, statusMessage: RawSpan) {
        spans.append(
            Span(
                traceID: fields.traceID,
                spanID: fields.spanID,
                parentSpanID: fields.parentSpanID.isValid ? fields.parentSpanID : nil,
                traceState: String(copying: traceState),
                flags: fields.flags,
                name: String(copying: name),
                kind: fields.kind,
                start: fields.start,
                end: fields.end,
                attributes: attributes,
                droppedAttributesCount: fields.droppedAttributesCount,
                events: events,
                droppedEventsCount: fields.droppedEventsCount,
                links: links,
                droppedLinksCount: fields.droppedLinksCount,
                status: SpanStatus(fields.status, message: String(copying: statusMessage)),
                resource: resource,
                scope: scope
            ))
        reset()
    }

    public mutating func reject(_ reason: RejectionReason) {
        rejected[reason, default: 0] += 1
        reset()
    }

    private mutating func reset() {
        attributes = []
        events = []
        links = []
    }

    private mutating func note(_ error: WireError) {
        self.error = self.error ?? error
    }
}
