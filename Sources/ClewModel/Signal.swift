/// The three kinds of telemetry.
public enum Signal: String, Hashable, Sendable, CaseIterable {
    case traces
    case logs
    case metrics
}
