import Clew
import ClewTesting
import Logging
import Synchronization

/// A telemetry whose exports and log lines a test can read.
struct TestTelemetry {
    let telemetry: Telemetry
    let exporter: InMemoryExporter
    private let captured: CapturedLines

    init(
        _ configuration: Telemetry.Configuration = .init(service: "orders"), answering outcomes: [ExportOutcome] = [],
        clock: TelemetryClock = .system
    ) throws {
        let lines = CapturedLines()
        captured = lines
        exporter = InMemoryExporter(answering: outcomes)
        telemetry = try Telemetry(configuration, exporter: exporter, clock: clock, output: lines.output)
    }

    /// The log lines so far, without their newlines.
    var lines: [String] { captured.lines }
}

/// Keeps log lines.
final class CapturedLines: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    var output: LogOutput {
        LogOutput { line in self.kept.withLock { $0.append(String(decoding: line.dropLast(), as: UTF8.self)) } }
    }
}
