/// Which traces of a route are slow, and which typical.
///
/// A *fast failure*, a failed trace that took less than the median of the traces that did not fail, is neither: it
/// ended before it could be slow, and would make whatever it skipped look like the cause. Other failures, such as
/// timeouts, can be slow but not typical. If every trace failed, failures are all there is and count as any other.
///
/// Within one window the slow tail is the slowest tenth, at least one trace; typical are the traces up to the median,
/// without those of the tail. So two traces compare as slow and typical, and a single trace is compared with itself:
/// the difference is then zero and nothing is accused.
struct TraceSelection {
    var slow: [TraceVector]
    var typical: [TraceVector]

    /// - Parameter baseline: The traces of an earlier window; if given, all of `traces` are slow and all of these
    ///   typical, but for failures as above.
    init(_ traces: [TraceVector], baseline: [TraceVector]?) {
        let candidates = Self.withoutFastFailures(traces)
        if let baseline {
            slow = candidates
            typical = Self.succeeded(baseline)
            return
        }
        let sorted = candidates.sorted { ($0.duration, $0.traceID) < ($1.duration, $1.traceID) }
        let tail = (sorted.count + 9) / 10
        slow = Array(sorted.suffix(tail))
        let rest = Self.succeeded(sorted.dropLast(tail))
        let typicalCount = min(rest.count, (Self.succeeded(sorted).count + 1) / 2)
        typical = typicalCount > 0 ? Array(rest.prefix(typicalCount)) : slow
    }

    private static func withoutFastFailures(_ traces: [TraceVector]) -> [TraceVector] {
        let durations = traces.lazy.filter { !$0.isError }.map(\.duration).sorted()
        guard !durations.isEmpty else { return traces }
        let median = durations[(durations.count - 1) / 2]
        return traces.filter { !$0.isError || $0.duration >= median }
    }

    private static func succeeded(_ traces: some Collection<TraceVector>) -> [TraceVector] {
        let succeeded = traces.filter { !$0.isError }
        return succeeded.isEmpty ? Array(traces) : succeeded
    }
}
