public import ClewModel

/// A sink that makes a `LogRecord` of each record: for tests, tools and small inputs.
public struct LogCollector: LogSink {
    public private(set) var records: [LogRecord] = []
    /// How many records were not accepted, by reason.
    public private(set) var rejected: [RejectionReason: Int] = [:]
    /// As ``SpanCollector/error``.
    public private(set) var error: WireError?

    private var resource = Resource()
    private var scope = InstrumentationScope()
    private var attributes: Attributes = []

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

    public mutating func record(_ fields: LogFields, severityText: RawSpan, body: RawSpan, eventName: RawSpan) {
        records.append(
            LogRecord(
                time: fields.time,
                observedTime: fields.observedTime,
                severityNumber: fields.severityNumber,
                severityText: String(copying: severityText),
                body: value(body),
                attributes: attributes,
                droppedAttributesCount: fields.droppedAttributesCount,
                flags: fields.flags,
                traceID: fields.traceID.isValid ? fields.traceID : nil,
                spanID: fields.spanID.isValid ? fields.spanID : nil,
                eventName: String(copying: eventName),
                resource: resource,
                scope: scope
            ))
        attributes = []
    }

    public mutating func reject(_ reason: RejectionReason) {
        rejected[reason, default: 0] += 1
        attributes = []
    }

    private mutating func value(_ message: RawSpan) -> AttributeValue {
        do {
            return try OTLP.decodeValue(message)
        } catch {
            note(error)
            return .empty
        }
    }

    private mutating func note(_ error: WireError) {
        self.error = self.error ?? error
    }
}
