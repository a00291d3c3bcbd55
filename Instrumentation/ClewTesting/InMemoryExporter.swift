public import Clew
public import ClewModel
import Synchronization

/// Keeps everything that is exported, for tests to look at.
///
/// ```swift
/// let exporter = InMemoryExporter()
/// let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
/// // ... the code under test ...
/// await telemetry.flush()
/// #expect(exporter.spans.map(\.name) == ["GET /orders/{id}"])
/// ```
public final class InMemoryExporter: TelemetryExporter {
    private struct State {
        var batches: [TelemetryBatch] = []
        var outcomes: [ExportOutcome] = []
        var attempts = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var isShutDown = false
    }

    private let state: Mutex<State>

    /// Returns when at least this many batches were offered.
    public func attempted(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                guard state.attempts < count else { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

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
    public var attempts: Int { state.withLock(\.attempts) }

    public var isShutDown: Bool { state.withLock(\.isShutDown) }

    public func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        let (outcome, ready) = state.withLock { state in
            state.attempts += 1
            let outcome = state.outcomes.isEmpty ? .accepted(rejected: 0) : state.outcomes.removeFirst()
            if case .accepted = outcome { state.batches.append(batch) }
            let attempts = state.attempts
            let ready = state.waiters.filter { $0.count <= attempts }.map(\.continuation)
            state.waiters.removeAll { $0.count <= attempts }
            return (outcome, ready)
        }
        ready.forEach { $0.resume() }
        return outcome
    }

    public func shutdown() async { state.withLock { $0.isShutDown = true } }
}
