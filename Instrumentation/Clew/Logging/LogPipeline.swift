import ClewModel
import Logging
import Tracing

/// Writes a log event to standard output and hands the same event to the exporter.
final class LogPipeline: Sendable {
    private let clock: TelemetryClock
    private let writer: LogWriter
    private let resource: Resource
    private let limits: LogLimits
    private let locationLevel: Logger.Level?
    private let redactedKeys: RedactedKeys
    private let redact: (@Sendable (inout LogEvent) -> Void)?
    private let enqueue: @Sendable (LogEntry) -> Void

    init(
        _ configuration: Telemetry.Configuration, resource: Resource, clock: TelemetryClock, writer: LogWriter,
        enqueue: @escaping @Sendable (LogEntry) -> Void
    ) {
        self.clock = clock
        self.writer = writer
        self.resource = resource
        limits = configuration.logLimits
        locationLevel = configuration.logLocationLevel
        redactedKeys = RedactedKeys(configuration.redactedKeys)
        redact = configuration.redactLog
        self.enqueue = enqueue
    }

    func scope(_ label: String) -> LogScope { LogScope(label, resource: resource, limits: limits) }

    /// Logs an event of a program's logger, with the ids of the span that is current.
    func log(_ event: LogEvent, _ scope: LogScope, metadata base: Logger.Metadata, provided: Logger.Metadata) {
        let time = clock.wall()
        var message = event.message
        var explicit = event.metadata ?? [:]
        if let error = event.error {
            explicit[SemanticConventions.exceptionType] = .string(ErrorType.name(of: error))
            explicit[SemanticConventions.exceptionMessage] = .string(String(describing: error))
        }
        var metadata: LogMetadata
        if let redact {
            var merged = event
            merged.metadata = base.merging(provided) { $1 }.merging(explicit) { $1 }
            redact(&merged)
            message = merged.message
            metadata = LogMetadata([:], [:], merged.metadata ?? [:], redacting: redactedKeys)
        } else {
            metadata = LogMetadata(base, provided, explicit, redacting: redactedKeys)
        }
        // The order is for whoever reads the line; the export worker can see to it itself.
        if writer.format != .none { metadata.sort() }
        let entry = LogEntry(
            scope, time: time, level: event.level, message: message.description, metadata: metadata,
            location: location(of: event), context: ServiceContext.current)
        writer.write(entry)
        enqueue(entry)
    }

    private func location(of event: LogEvent) -> LogEntry.Location? {
        guard let locationLevel, event.level >= locationLevel else { return nil }
        let source = event.source
        let isModule = event.file.utf8.prefix { $0 != UInt8(ascii: "/") }.elementsEqual(source.utf8)
        return LogEntry.Location(
            file: event.file, function: event.function, line: event.line, source: isModule ? nil : source)
    }
}
