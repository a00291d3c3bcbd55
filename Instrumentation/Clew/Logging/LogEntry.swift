import ClewModel
import Logging
import Tracing

/// What every line of one logger shares.
final class LogScope: Sendable {
    let name: String
    let resource: Resource
    let limits: LogLimits
    /// The members `logger` and `service` of a line of JSON.
    let json: [UInt8]

    init(_ name: String, resource: Resource, limits: LogLimits) {
        self.name = name
        self.resource = resource
        self.limits = limits
        var text = JSONText()
        text.member("logger", name)
        text.member("service", resource.serviceName)
        json = text.bytes
    }
}

/// One log event with everything that is known about it, as the thread that logs leaves it.
///
/// The line for standard output is written from it at once, and the export worker makes the record of it. It is a class so
/// that a queue moves one word.
final class LogEntry: QueuedItem {
    /// Where a log statement stands.
    struct Location: Sendable {
        /// `Module/File.swift`.
        var file: String
        var function: String
        var line: UInt
        /// What the statement names as its source, where that is not the module.
        var source: String?
    }

    let scope: LogScope
    let time: UnixNanoseconds
    let level: Logger.Level
    let message: String
    let metadata: LogMetadata
    let location: Location?
    let traceID: TraceID?
    let spanID: SpanID?
    let flags: UInt8
    private let correlation: Correlation?

    /// - Parameter message: Cut where it is longer than ``LogMetadata/maximumBytes``.
    init(
        _ scope: LogScope, time: UnixNanoseconds, level: Logger.Level, message: String, metadata: LogMetadata,
        location: Location? = nil, context: ServiceContext? = nil
    ) {
        let request = context?.activeRequest
        let span = request?.span?.spanContext
        self.scope = scope
        self.time = time
        self.level = level
        self.message = message.cut(toBytes: LogMetadata.maximumBytes)
        self.metadata = metadata
        self.location = location
        traceID = span?.traceID
        spanID = span?.spanID
        flags = span?.flags ?? 0
        correlation = request?.correlation
    }

    var correlationID: String? { correlation?.id ?? traceID?.hex }

    var approximateBytes: Int { 256 + message.utf8.count + metadata.approximateBytes }
}

extension LogEntry {
    /// The event as OTLP carries it, its metadata ordered by key.
    ///
    /// Source: OpenTelemetry, "Logs Data Model"; semantic conventions, "Exceptions in logs" and "Source code attributes".
    func exported() -> LogRecord {
        let limits = scope.limits
        let own = ownAttributes.prefix(max(0, limits.attributes))
        var metadata = metadata
        metadata.sort()
        let kept = metadata.fields.prefix(max(0, limits.attributes - own.count))
        return LogRecord(
            time: time,
            observedTime: time,
            severityNumber: level.severityNumber,
            severityText: level.severityText,
            body: .string(message),
            attributes: kept.map { Attribute($0.key, $0.value.attribute(maximumLength: limits.valueLength)) } + own,
            droppedAttributesCount: UInt32(clamping: metadata.fields.count - kept.count + metadata.droppedCount),
            flags: UInt32(flags),
            traceID: traceID,
            spanID: spanID,
            resource: scope.resource,
            scope: InstrumentationScope(name: scope.name)
        )
    }

    /// What is known besides the metadata; a key that the metadata has itself is left to it.
    private var ownAttributes: Attributes {
        var attributes: Attributes = []
        func add(_ key: String, _ value: AttributeValue) {
            if !metadata.fields.contains(where: { $0.key == key }) { attributes.append(Attribute(key, value)) }
        }
        if let type = metadata.errorType { add(SemanticConventions.exceptionType, .string(type)) }
        if let text = metadata.text(of: "error") { add(SemanticConventions.exceptionMessage, .string(text)) }
        if let location {
            add(SemanticConventions.codeFilePath, .string(location.file))
            add(SemanticConventions.codeFunctionName, .string(location.function))
            add(SemanticConventions.codeLineNumber, .int(Int64(clamping: location.line)))
            if let source = location.source { add(SemanticConventions.logSource, .string(source)) }
        }
        if let correlationID { add(SemanticConventions.correlationID, .string(correlationID)) }
        return attributes
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

    /// The level's own name in capitals.
    var severityText: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTICE"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }
}
