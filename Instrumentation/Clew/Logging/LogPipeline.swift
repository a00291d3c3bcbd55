import ClewModel
import Logging
import Tracing

/// Writes a log event to standard output and hands the same record to the exporter.
final class LogPipeline: Sendable {
    private let resource: Resource
    private let serviceName: String
    private let clock: TelemetryClock
    private let output: LogOutput
    private let enqueue: @Sendable (LogRecord) -> Void

    init(
        resource: Resource, clock: TelemetryClock, output: LogOutput,
        enqueue: @escaping @Sendable (LogRecord) -> Void
    ) {
        self.resource = resource
        self.serviceName = resource.serviceName
        self.clock = clock
        self.output = output
        self.enqueue = enqueue
    }

    /// Logs an event of a program's logger, with the ids of the span that is current.
    func log(_ level: Logger.Level, _ message: String, label: String, metadata: Logger.Metadata) {
        let context = ServiceContext.current
        let time = clock.wall()
        let line = LogLine(
            time: time,
            level: level,
            message: message,
            label: label,
            service: serviceName,
            span: context?.spanContext,
            correlationID: context?.correlationID,
            metadata: metadata
        )
        output.write(line.json)
        enqueue(line.record(resource: resource))
    }
}
