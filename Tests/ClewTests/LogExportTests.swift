import ClewModel
import ClewTesting
import Logging
import Synchronization
import Testing
import Tracing

@testable import Clew

@Suite("Log records on their way out", .timeLimit(.minutes(2)))
struct LogExportTests {
    @Test("leave as soon as a batch is full, however long the time between exports is")
    func sizeTrigger() async throws {
        let test = try TestTelemetry(
            .init(service: "orders", environment: ["CLEW_LOG_FORMAT": "none"]), clock: ManualClock().clock)
        let running = Task { try await test.telemetry.run() }
        let logger = Logger(label: "a", factory: test.telemetry.logHandlerFactory)
        let batch = test.telemetry.configuration.logQueue.batch
        for round in 1...10 {
            for index in 0..<batch { logger.info("line \(index)") }
            try await test.exporter.waitForLogs(count: round * batch)
        }
        #expect(test.exporter.batches.allSatisfy { $0.count == batch })
        #expect(test.telemetry.statistics.totalDropped == 0)
        running.cancel()
        try await running.value
    }

    @Test("arrive or are counted in a burst, none of them twice")
    func burst() async throws {
        try await FakeCollector.run { collector in
            let environment = [
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "CLEW_LOG_FORMAT": "none",
                "CLEW_SHUTDOWN_TIMEOUT": "60000",
            ]
            let telemetry = try Telemetry(
                .init(service: "orders", environment: environment), output: CapturedLines().output)
            let running = Task { try await telemetry.run() }
            let logger = Logger(label: "a", factory: telemetry.logHandlerFactory)
            for index in 0..<100_000 { logger.info("line \(index)") }
            await telemetry.flush()
            running.cancel()
            try await running.value
            let bodies = collector.logs.compactMap(\.body.stringValue)
            let statistics = telemetry.statistics
            #expect(Set(bodies).count == bodies.count)
            #expect(statistics.exported[.logs] == UInt64(bodies.count))
            #expect(bodies.count + Int(statistics.dropped(.logs, .queueFull)) == 100_000)
            #expect(statistics.totalDropped == statistics.dropped(.logs, .queueFull))
        }
    }

    @Test("fill a queue by their bytes, however large the metadata")
    func bytes() throws {
        let exported = Collected()
        let configuration = Telemetry.Configuration(service: "orders")
        let pipeline = LogPipeline(
            configuration, resource: Resource(), clock: ManualClock().clock,
            writer: LogWriter(configuration, CapturedLines().output), enqueue: exported.append)
        let logger = Logger(label: "a") {
            ClewLogHandler(label: $0, logLevel: .info, metadataProvider: nil, pipeline: pipeline)
        }
        let text = String(repeating: "x", count: 100_000)
        logger.info("\(text)")
        logger.info("hello", metadata: ["a": [["b": .string(text)], .string(text)]])
        logger.info("hello", metadata: ["a": .array(.init(repeating: .string(text), count: 1000))])
        let sizes = exported.entries.map(\.approximateBytes)
        #expect((100_000..<101_000).contains(sizes[0]))
        #expect((200_000..<201_000).contains(sizes[1]))
        #expect((1_000_000..<1_100_000).contains(sizes[2]))
    }

    /// In small what docs/logging.md says of a release build.
    @Test("and lines stay whole when many tasks log through multiplexed handlers")
    func stress() async throws {
        let test = try TestTelemetry()
        let other = CountingHandler.Count()
        let (tasks, lines) = (8, 500)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for line in 0..<lines { log(line, of: task, test.telemetry, other) }
                }
            }
        }
        await test.telemetry.flush()
        #expect(other.value == tasks * lines)
        #expect(Set(test.lines).count == tasks * lines)
        #expect(
            test.lines.allSatisfy {
                $0.hasPrefix(#"{"time":"#) && $0.hasSuffix("}}")
                    && $0.contains(#""exception.type":"ClewTests.Broken","nested":{"a":["b"]},"task":"#)
            })
        let records = test.exporter.logs
        #expect(records.count + Int(test.telemetry.statistics.dropped(.logs, .queueFull)) == tasks * lines)
        #expect(Set(records.map(\.body)).count == records.count)
        #expect(records.allSatisfy { $0.traceID != nil && $0.attributes["task"] != nil })
    }
}

/// One line in a span, through a copy of a logger that is the task's own.
private func log(_ line: Int, of task: Int, _ telemetry: Telemetry, _ count: CountingHandler.Count) {
    let provider = Logger.MetadataProvider { ["task": .stringConvertible(task)] }
    var logger = Logger(label: "stress") { label in
        let ours = telemetry.logHandler(label: label, metadataProvider: provider)
        return MultiplexLogHandler([ours, CountingHandler(count: count)], metadataProvider: provider)
    }
    logger[metadataKey: "copy"] = "of \(task)"
    telemetry.tracer.withSpan("line") { _ in
        withLogger(logger) {
            $0.error("line \(task).\(line)", error: Broken(), metadata: ["nested": ["a": ["b"]]])
        }
    }
}

/// Keeps what a pipeline would export.
final class Collected: Sendable {
    private let kept = Mutex<[LogEntry]>([])

    var entries: [LogEntry] { kept.withLock { $0 } }

    var append: @Sendable (LogEntry) -> Void { { entry in self.kept.withLock { $0.append(entry) } } }
}

/// A second handler that changes its copy of the event.
private struct CountingHandler: LogHandler {
    final class Count: Sendable {
        private let count = Mutex(0)

        var value: Int { count.withLock { $0 } }

        func increment() { count.withLock { $0 += 1 } }
    }

    let count: Count
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var copy = event
        copy.metadata?["copy"] = "changed"
        copy.error = nil
        if !copy.message.description.isEmpty { count.increment() }
    }
}
