import ClewModel

/// A trace against what is usual for its operations: a rank for each span, and why the whole took so long.
///
/// Takes the time of the ``CriticalPath``; nothing recurses.
public struct TraceComparison: Hashable, Sendable {
    /// By the spans' places in ``Trace/spans``.
    public let ranks: [SpanRank]
    public let verdict: TraceVerdict
    /// Whether the usual is that of a sample; see ``OperationBaseline/keptShare``.
    public let isSampled: Bool

    /// - Parameter baseline: What ``OperationBaselineBuilder`` made for this trace.
    public init(_ trace: Trace, baseline: OperationBaseline) {
        let places = Dictionary(
            baseline.operations.enumerated().map { ($1.operation, $0) }, uniquingKeysWith: { first, _ in first })
        let operations = trace.spans.indices.map { places[OperationBaseline.Operation(of: $0, in: trace)] }
        ranks = zip(trace.spans, operations).map { span, place in
            SpanRank(of: span.duration, in: place.map { baseline.operations[$0].durations } ?? DurationHistogram())
        }
        verdict = Self.verdict(trace, operations, baseline)
        isSampled = baseline.keptShare < 1
    }

    private static func verdict(_ trace: Trace, _ operations: [Int?], _ baseline: OperationBaseline) -> TraceVerdict {
        let durations = baseline.route?.durations ?? DurationHistogram()
        var verdict = TraceVerdict(
            outcome: .tooFew, duration: trace.root.map { trace.spans[$0].duration } ?? 0, usual: durations.quantiles(),
            samples: durations.count)
        if let root = trace.root, trace.spans[root].isError {
            verdict.outcome = .failed
            verdict.failure = failure(in: trace, below: root)
        } else if verdict.isCompared {
            let isSlow = TraceVerdict.isSlow(verdict.duration, in: durations)
            verdict.outcome = isSlow ? .slow : .asUsual
            guard isSlow else { return verdict }
            let search = ExcessSearch(trace, operations, baseline)
            verdict.cause = search.cause(ofExcess: verdict.excess)
        }
        return verdict
    }

    /// The failed span that no failed span below explains. Of several failures the last one decided; a failed child
    /// goes before one that only has a failure below it, as calls do whose sender takes any answer for a success.
    private static func failure(in trace: Trace, below root: Int) -> Int {
        var fails = trace.spans.map(\.isError)
        // A parent stands before its children.
        for index in fails.indices.reversed() where fails[index] {
            if let parent = trace.parent(of: index) { fails[parent] = true }
        }
        var failed = root
        var next: Int? = root
        while let current = next {
            if trace.spans[current].isError { failed = current }
            let children = trace.children(of: current).filter { fails[$0] }
            next = children.last { trace.spans[$0].isError } ?? children.last
        }
        return failed
    }
}
