import ClewModel
import Logging

/// One log event with everything that is known about it.
struct LogLine {
    var time: UnixNanoseconds
    var level: Logger.Level
    var message: String
    var label: String
    var service: String
    var span: SpanContext?
    var correlationID: String?
    var metadata: Logger.Metadata

    /// How deep nested metadata is followed; below stands `…`.
    static let maximumDepth = 16

    /// One line of JSON with its newline. Ids and metadata that are missing are left out; metadata is ordered by key.
    var json: [UInt8] {
        var text = JSONText()
        text.beginObject()
        text.member("time", RFC3339.text(time))
        text.member("level", level.rawValue)
        text.member("message", message)
        text.member("logger", label)
        text.member("service", service)
        if let span {
            text.member("trace_id", span.traceID.hex)
            text.member("span_id", span.spanID.hex)
        }
        if let correlationID { text.member("correlation_id", correlationID) }
        if !metadata.isEmpty {
            text.key("metadata")
            text.append(metadata, depth: 0)
        }
        text.endObject()
        text.endLine()
        return text.bytes
    }

    /// The same event as OTLP carries it.
    func record(resource: Resource) -> LogRecord {
        var attributes = metadata.sorted { $0.key < $1.key }
            .map { Attribute($0.key, AttributeValue($0.value, depth: 0)) }
        if let correlationID {
            attributes.append(Attribute(SemanticConventions.correlationID, .string(correlationID)))
        }
        return LogRecord(
            time: time,
            observedTime: time,
            severityNumber: level.severityNumber,
            severityText: level.rawValue.uppercased(),
            body: .string(message),
            attributes: attributes,
            flags: UInt32(span?.flags ?? 0),
            traceID: span?.traceID,
            spanID: span?.spanID,
            resource: resource,
            scope: InstrumentationScope(name: label)
        )
    }
}

extension Logger.Level {
    /// Source: OpenTelemetry logs data model, "Field: SeverityNumber"; *notice* is the second of the *info* range.
    var severityNumber: UInt8 {
        switch self {
        case .trace: Severity.trace.rawValue
        case .debug: Severity.debug.rawValue
        case .info: Severity.info.rawValue
        case .notice: Severity.info.rawValue + 1
        case .warning: Severity.warn.rawValue
        case .error: Severity.error.rawValue
        case .critical: Severity.fatal.rawValue
        }
    }
}

extension AttributeValue {
    fileprivate init(_ value: Logger.MetadataValue, depth: Int) {
        guard depth < LogLine.maximumDepth else {
            self = "…"
            return
        }
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let text): self = .string(text.description)
        case .array(let values): self = .array(values.map { AttributeValue($0, depth: depth + 1) })
        case .dictionary(let entries):
            self = .keyValueList(
                entries.sorted { $0.key < $1.key }
                    .map { Attribute($0.key, AttributeValue($0.value, depth: depth + 1)) })
        }
    }
}

extension JSONText {
    fileprivate mutating func append(_ metadata: Logger.Metadata, depth: Int) {
        beginObject()
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            key(name)
            append(value, depth: depth)
        }
        endObject()
    }

    private mutating func append(_ value: Logger.MetadataValue, depth: Int) {
        guard depth < LogLine.maximumDepth else { return string("…") }
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let text): string(text.description)
        case .dictionary(let entries): append(entries, depth: depth + 1)
        case .array(let values):
            beginArray()
            for value in values {
                separate()
                append(value, depth: depth + 1)
            }
            endArray()
        }
    }
}
