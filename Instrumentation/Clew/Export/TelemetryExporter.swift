public import ClewModel

/// Telemetry of one signal that is sent together.
public enum TelemetryBatch: Sendable, Hashable {
    case spans([ClewModel.Span])
    case logs([LogRecord])
    case metrics([Metric])

    public var signal: Signal {
        switch self {
        case .spans: .traces
        case .logs: .logs
        case .metrics: .metrics
        }
    }

    /// The spans, log records or data points: what exporters count and collectors reject.
    public var count: Int {
        switch self {
        case .spans(let spans): spans.count
        case .logs(let logs): logs.count
        case .metrics(let metrics): metrics.reduce(0) { $0 + $1.data.pointCount }
        }
    }
}

/// What became of one attempt to send a batch.
public enum ExportOutcome: Sendable, Hashable {
    /// Taken, less some items that the receiver refused (OTLP's partial success).
    case accepted(rejected: Int)
    /// Given to a transport that does not answer, less some items that it did not take.
    case sent(lost: Int, tooLarge: Int)
    /// Not taken now; the same batch may be sent again, not before the given time where one is given.
    case retry(after: Duration?, reason: String)
    /// Nobody is there: no connection could be made. The same batch may be sent again, but a shutdown does not wait for it.
    case unreachable(reason: String)
    /// Too large for the receiver: a part of it may be taken.
    case tooLarge(reason: String)
    /// Not taken, and never will be.
    case refused(reason: String)
}

/// Sends batches somewhere. One attempt a call: the library repeats and gives up.
public protocol TelemetryExporter: Sendable {
    /// Sends a batch; returns soon after the task is cancelled.
    func export(_ batch: TelemetryBatch) async -> ExportOutcome
    /// Releases connections; no export follows.
    func shutdown() async
}
