import Clew
import Logging
import Synchronization
import Tracing

/// Many tasks that log at once through multiplexed handlers, in a release build: a crash of them was reported for Linux
/// (swift-log #456).
///
/// Each of 8 tasks logs 200,000 lines in a span, with metadata, a provider, an error and a logger that is copied and changed,
/// to this library's handler, to swift-log's own for streams, and to one that changes the event that it gets.
enum Multiplexed {
    private struct Broken: Error {}

    static func run(tasks: Int = 8, lines: Int = 200_000) async throws {
        var configuration = Telemetry.Configuration(service: "benchmark")
        configuration.logQueue.capacity = 1 << 22
        configuration.logQueue.maximumBytes = 1 << 33
        let counted = Counted()
        let output = LogOutput { _ in counted.line() }
        let telemetry = try Telemetry(configuration, exporter: Counting(counted: counted), output: output)
        let provider = Logger.MetadataProvider { ["provided": "yes"] }
        LoggingSystem.bootstrap(
            {
                MultiplexLogHandler([
                    telemetry.logHandler(label: $0, metadataProvider: $1),
                    StreamLogHandler(label: $0, stream: Nowhere(), metadataProvider: $1),
                    Changing(counted),
                ])
            }, metadataProvider: provider)
        await withDiscardingTaskGroup { group in
            for task in 0..<tasks {
                group.addTask { log(lines, task, telemetry.tracer) }
            }
        }
        await telemetry.flush(within: .seconds(120))
        await telemetry.shutdown()
        print("statements \(tasks * lines), changed \(counted.changed), lines \(counted.lines)")
        print("records \(counted.records), dropped \(telemetry.statistics.dropped[.logs] ?? [:])")
    }

    private static func log(_ lines: Int, _ task: Int, _ tracer: ClewTracer) {
        let logger = Logger(label: "task.\(task)")
        for line in 0..<lines {
            tracer.withSpan("line") { _ in
                var copy = logger
                copy[metadataKey: "task"] = "\(task)"
                copy.info("line \(line)", error: Broken(), metadata: ["nested": ["a": ["b"]]])
            }
        }
    }
}

private final class Counted: Sendable {
    private let values = Mutex<(lines: Int, records: Int, changed: Int)>((0, 0, 0))

    var lines: Int { values.withLock(\.lines) }
    var records: Int { values.withLock(\.records) }
    var changed: Int { values.withLock(\.changed) }

    func line() { values.withLock { $0.lines += 1 } }
    func records(_ count: Int) { values.withLock { $0.records += count } }
    func change() { values.withLock { $0.changed += 1 } }
}

private struct Counting: TelemetryExporter {
    let counted: Counted

    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        if case .logs(let records) = batch { counted.records(records.count) }
        return .accepted(rejected: 0)
    }

    func shutdown() async {}
}

private struct Nowhere: TextOutputStream {
    mutating func write(_: String) {}
}

private struct Changing: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    let counted: Counted

    init(_ counted: Counted) { self.counted = counted }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "changed"
        event.metadata = metadata
        if event.message == "changed" { counted.change() }
    }
}
