import ClewModel

/// One ``CallProfile`` while traces are added to it.
struct CallProfileDraft: Sendable {
    private var tree: CallTree
    private var roots = OutcomeStats()
    private var duration = 0.0

    init(_ route: SlowAnalysis.Route) {
        tree = CallTree(route)
    }

    var traceCount: Int { roots.count }
    var nodeCount: Int { tree.nodes.count }

    /// - Parameter limit: Nodes at most; see ``CallTree/add(_:root:limit:)``.
    mutating func add(_ trace: Trace, root: Int, limit: Int) {
        tree.add(trace, root: root, limit: limit)
        let length = trace.end(of: root) - trace.start(of: root)
        roots.record(duration: length, isError: trace.spans[root].isError)
        duration += Double(length)
    }

    mutating func merge(_ other: CallProfileDraft, limit: Int) {
        tree.merge(other.tree, limit: limit)
        roots.merge(other.roots)
        duration += other.duration
    }

    func profile(
        of route: SlowAnalysis.Route, group: String?, from: UnixNanoseconds, to: UnixNanoseconds, incompleteTraces: Int
    ) -> CallProfile {
        CallProfile(
            service: route.service,
            operation: route.operation,
            group: group,
            from: from,
            to: to,
            traceCount: roots.count,
            errorCount: roots.errors,
            meanDuration: duration / Double(max(1, roots.count)),
            durations: roots.quantiles,
            nodes: tree.profile(traceCount: roots.count, duration: duration),
            incompleteTraces: incompleteTraces)
    }
}

extension CallProfile {
    /// The profile of one trace, even where its root is missing; `nil` for an empty trace.
    public init?(of trace: Trace) {
        guard let root = trace.root else { return nil }
        let route = SlowAnalysis.Route(service: trace.spans[root].service, operation: trace.spans[root].name)
        var draft = CallProfileDraft(route)
        draft.add(trace, root: root, limit: CallProfileBuilder.Limits().nodesPerProfile)
        self = draft.profile(
            of: route, group: nil, from: trace.spans[root].start, to: trace.spans[root].end, incompleteTraces: 0)
    }
}
