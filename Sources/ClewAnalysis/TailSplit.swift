public import ClewModel

/// Which requests of a window are slow and which typical, route by route: the slowest tenth, and those up to the median.
///
/// Feed it the roots of all traces, call ``finish()``, then ask for each trace; so the traces need not be held. What is
/// slow and typical is as in ``SlowReport``: a failed request that took less than the median of the others is neither,
/// other failures can be slow but not typical. A route of one trace has neither, as there is nothing to compare with.
public struct TailSplit: Sendable {
    public enum Side: Hashable, Sendable {
        case slow
        case typical
    }

    private struct Root: TraceMember {
        var route: SlowAnalysis.Route
        var key: Key
        var isError: Bool

        var traceID: TraceID { key.trace }
    }

    /// Equal durations are told apart by their traces, so that a tenth is a tenth.
    private struct Key: Comparable, Sendable {
        var duration: UInt64
        var trace: TraceID

        static func < (left: Key, right: Key) -> Bool {
            (left.duration, left.trace) < (right.duration, right.trace)
        }
    }

    private struct Bounds: Sendable {
        /// The least of the slow.
        var slow: Key
        /// The greatest of the typical.
        var typical: Key
        /// The median of the requests that did not fail; zero where all did.
        var median: UInt64
        /// Whether every request failed: then failures are all there is, and count as any other.
        var hasOnlyFailures: Bool
    }

    private var roots: TraceGrouper<Root>
    private var bounds: [SlowAnalysis.Route: Bounds] = [:]

    /// - Parameter maximumTraces: Traces that the bounds are taken from; beyond, from a fair sample of them.
    public init(maximumTraces: Int = 500_000) {
        roots = TraceGrouper(maximumSpans: maximumTraces)
    }

    /// Adds a span; one that names a parent is ignored.
    public mutating func add(_ span: SpanSummary) {
        guard span.isTrueRoot else { return }
        roots.add(Root(route: Self.route(span), key: Self.key(span), isError: span.isError))
    }

    /// Takes the bounds from what was added, which is forgotten.
    public mutating func finish() {
        bounds = Dictionary(grouping: roots.finish().joined(), by: \.route).compactMapValues { Self.bounds($0) }
    }

    /// Where a trace belongs; `nil` for neither, for one whose root is missing, and before ``finish()``.
    public func side(of trace: LoggedTrace) -> Side? {
        guard let root = trace.root, root.isTrueRoot, let bounds = bounds[Self.route(root)] else { return nil }
        let key = Self.key(root)
        if root.isError, key.duration < bounds.median { return nil }
        if key >= bounds.slow { return .slow }
        if root.isError, !bounds.hasOnlyFailures { return nil }
        return key <= bounds.typical ? .typical : nil
    }

    private static func bounds(_ roots: [Root]) -> Bounds? {
        let succeeded = roots.lazy.filter { !$0.isError }.map(\.key.duration).sorted()
        let median = succeeded.isEmpty ? 0 : succeeded[(succeeded.count - 1) / 2]
        let candidates = roots.filter { !$0.isError || $0.key.duration >= median }.sorted { $0.key < $1.key }
        let tail = (candidates.count + 9) / 10
        let rest = candidates.dropLast(tail).filter { !$0.isError || succeeded.isEmpty }
        let typical = rest.prefix(((succeeded.isEmpty ? candidates.count : succeeded.count) + 1) / 2)
        guard let slow = candidates.suffix(tail).first, let last = typical.last else { return nil }
        return Bounds(slow: slow.key, typical: last.key, median: median, hasOnlyFailures: succeeded.isEmpty)
    }

    /// As ``ExplainSpan`` bounds the names, so that a trace finds its route.
    private static func route(_ span: SpanSummary) -> SlowAnalysis.Route {
        SlowAnalysis.Route(service: BoundedText.cut(span.service), operation: BoundedText.cut(span.name))
    }

    private static func key(_ span: SpanSummary) -> Key {
        Key(duration: span.duration, trace: span.traceID)
    }
}
