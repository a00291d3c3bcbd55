import ClewModel

/// Collects what is usual for the operations of one trace from other traces, one at a time; see ``OperationBaseline``.
///
/// Of each trace only counts are kept, so memory depends on the trace in question alone. The order of the traces makes
/// no difference.
public struct OperationBaselineBuilder: Sendable {
    /// Distinct operations of the trace that are asked for; further ones are not compared.
    public static let maximumOperations = 500

    private let traceID: TraceID?
    private let places: [OperationBaseline.Operation: Int]
    private var baseline: OperationBaseline

    /// - Parameter trace: The trace in question.
    public init(of trace: Trace) {
        var places: [OperationBaseline.Operation: Int] = [:]
        var operations: [OperationBaseline.Operation] = []
        for index in trace.spans.indices where operations.count < Self.maximumOperations {
            let operation = OperationBaseline.Operation(of: index, in: trace)
            guard places[operation] == nil else { continue }
            places[operation] = operations.count
            operations.append(operation)
        }
        traceID = trace.spans.first?.traceID
        self.places = places
        baseline = OperationBaseline(
            route: trace.root.map { OperationBaseline.Operation(of: $0, in: trace) }, operations: operations)
    }

    /// Whether another trace begins with the same operation.
    public func isOfSameRoute(_ trace: Trace) -> Bool {
        guard let root = trace.root, trace.spans[root].traceID != traceID else { return false }
        return OperationBaseline.Operation(of: root, in: trace) == baseline.route?.operation
    }

    /// Adds another trace; the one in question and an empty one are ignored.
    public mutating func add(_ trace: Trace) {
        guard let root = trace.root, trace.spans[root].traceID != traceID else { return }
        let start = trace.spans[root].start
        baseline.from = baseline.traceCount == 0 ? start : min(baseline.from, start)
        baseline.to = max(baseline.to, start)
        baseline.traceCount += 1
        let calls = record(trace)
        guard isOfSameRoute(trace) else { return }
        baseline.route?.durations.record(trace.spans[root].duration)
        baseline.route?.errors += trace.spans[root].isError ? 1 : 0
        for (place, count) in calls.enumerated() { baseline.operations[place].calls.record(count) }
    }

    /// - Parameter keptShare: The share of the traces in question that were added, 0...1.
    public func finish(keptShare: Double = 1) -> OperationBaseline {
        var finished = baseline
        finished.keptShare = keptShare
        return finished
    }

    /// Records the spans of the operations that are asked for.
    ///
    /// - Returns: How many there are of each, by its place.
    private mutating func record(_ trace: Trace) -> [Int] {
        var calls = Array(repeating: 0, count: baseline.operations.count)
        for index in trace.spans.indices {
            guard let place = places[OperationBaseline.Operation(of: index, in: trace)] else { continue }
            calls[place] += 1
            baseline.operations[place].durations.record(trace.spans[index].duration)
            baseline.operations[place].ownTimes.record(trace.ownTime(of: index))
            baseline.operations[place].errors += trace.spans[index].isError ? 1 : 0
        }
        return calls
    }
}
