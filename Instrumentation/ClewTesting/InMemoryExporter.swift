public import Clew
public import ClewFakeCollector
public import ClewModel
import Synchronization

/// Keeps everything that is exported, for tests to look at.
///
/// ```swift
/// let exporter = InMemoryExporter()
/// let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
/// // ... the code under test ...
/// await telemetry.flush()
/// #expect(exporter.trace(named: "GET /orders/{id}")?.outline == "GET /orders/{id}\n  SELECT orders")
/// ```
public final class InMemoryExporter: TelemetryExporter, ReceivedTelemetry {
    private struct State {
        var batches: [TelemetryBatch] = []
        var outcomes: [ExportOutcome] = []
        var isShutDown = false
    }

    private let state: Mutex<State>
    /// Counts the batches that were offered, accepted or not.
    public let arrivals = Arrivals()

    /// - Parameter outcomes: The answers to the first attempts, in order; later attempts are accepted.
    public init(answering outcomes: [ExportOutcome] = []) {
        state = Mutex(State(outcomes: outcomes))
    }

    /// Accepted batches, in the order in which they came.
    public var batches: [TelemetryBatch] { state.withLock(\.batches) }

    public var spans: [ClewModel.Span] {
        batches.flatMap { if case .spans(let spans) = $0 { return spans } else { return [] } }
    }

    public var logs: [LogRecord] {
        batches.flatMap { if case .logs(let logs) = $0 { return logs } else { return [] } }
    }

    public var metrics: [Metric] {
        batches.flatMap { if case .metrics(let metrics) = $0 { return metrics } else { return [] } }
    }

    /// How many batches were offered, accepted or not.
    public var attempts: Int { arrivals.count }

    public var isShutDown: Bool { state.withLock(\.isShutDown) }

    /// Forgets what was accepted so far, so that the next step of a test sees its own telemetry alone.
    public func removeAll() { state.withLock { $0.batches = [] } }

    /// Returns when at least this many batches were offered, or when the task is cancelled.
    public func attempted(atLeast count: Int) async { await arrivals.reached(count) }

    public func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        let outcome = state.withLock { state in
            let outcome = state.outcomes.isEmpty ? .accepted(rejected: 0) : state.outcomes.removeFirst()
            if case .accepted = outcome { state.batches.append(batch) }
            return outcome
        }
        arrivals.arrived()
        return outcome
    }

    public func shutdown() async { state.withLock { $0.isShutDown = true } }
}
