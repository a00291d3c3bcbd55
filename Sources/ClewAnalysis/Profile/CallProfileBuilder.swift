public import ClewModel

/// Merges traces, one at a time and within bounds, into a ``CallProfile`` for each route and group.
///
/// A route is the service and name of a trace's root, as for ``SlowAnalysis``. Equal traces in any order give equal
/// profiles, as long as no bound is reached; past the bounds what is kept is what came first, and the figures still sum.
public struct CallProfileBuilder: Sendable {
    /// Bounds on what is kept.
    public struct Limits: Hashable, Sendable {
        /// Routes; traces of further ones are counted in ``CallProfileBuilder/droppedTraces``.
        public var routes: Int
        /// Groups of a route in the answer: those with most traces. The others are one, `_other`.
        public var groups: Int
        /// Groups of a route while traces come; those past it are in `_other`.
        public var candidates: Int
        /// Nodes of a profile; see ``CallProfile/Node/hop``.
        public var nodesPerProfile: Int
        /// Nodes of all profiles, each with two histograms of a few hundred bytes.
        public var nodes: Int

        public init(
            routes: Int = 50, groups: Int = 8, candidates: Int = 64, nodesPerProfile: Int = 1000, nodes: Int = 10_000
        ) {
            self.routes = routes
            self.groups = max(1, groups)
            self.candidates = candidates
            self.nodesPerProfile = nodesPerProfile
            self.nodes = nodes
        }
    }

    public let from: UnixNanoseconds
    public let to: UnixNanoseconds
    /// Traces without their root.
    public private(set) var incompleteTraces = 0
    /// Traces of routes past the limit.
    public private(set) var droppedTraces = 0
    private let service: String?
    private let operation: String?
    private let limits: Limits
    /// By group, of which the empty one is that of traces without a group.
    private var routes: [SlowAnalysis.Route: [String?: CallProfileDraft]] = [:]
    private var nodeCount = 0

    /// - Parameters:
    ///   - from: The window, as the profiles state it; traces are not checked against it.
    ///   - to: The window's end.
    ///   - service: Only traces whose root is of this service; `nil` for all.
    ///   - operation: Only traces whose root has this name; `nil` for all.
    public init(
        from: UnixNanoseconds, to: UnixNanoseconds, service: String? = nil, operation: String? = nil,
        limits: Limits = Limits()
    ) {
        self.from = from
        self.to = to
        self.service = service
        self.operation = operation
        self.limits = limits
    }

    /// Adds a trace to its route, if it is one that is asked for; an empty trace is ignored.
    ///
    /// - Parameter group: The part of the route's traces that it belongs to; see ``TraceGroups``.
    public mutating func add(_ trace: Trace, group: String? = nil) {
        guard let root = trace.root else { return }
        guard trace.isComplete else {
            incompleteTraces += 1
            return
        }
        let span = trace.spans[root]
        guard service.map({ $0 == span.service }) ?? true, operation.map({ $0 == span.name }) ?? true else { return }
        let route = SlowAnalysis.Route(service: span.service, operation: span.name)
        guard routes[route] != nil || routes.count < limits.routes else {
            droppedTraces += 1
            return
        }
        let group = hasRoom(for: group, of: route) ? group : Overflow.name
        let before = routes[route]?[group]?.nodeCount ?? 0
        let limit = min(limits.nodesPerProfile, before + max(0, limits.nodes - nodeCount))
        routes[route, default: [:]][group, default: CallProfileDraft(route)].add(trace, root: root, limit: limit)
        nodeCount += (routes[route]?[group]?.nodeCount ?? 0) - before
    }

    /// The profiles, the route with most traces first, and of each the groups by name, `_other` last.
    public func finish() -> [CallProfile] {
        let sorted = routes.map { route, groups in
            (route: route, count: groups.values.reduce(0) { $0 + $1.traceCount }, groups: groups)
        }
        .sorted { ($1.count, $0.route) < ($0.count, $1.route) }
        return sorted.flatMap { route, _, groups in
            kept(groups, of: route).map { group, draft in
                draft.profile(of: route, group: group, from: from, to: to, incompleteTraces: incompleteTraces)
            }
        }
    }

    private func hasRoom(for group: String?, of route: SlowAnalysis.Route) -> Bool {
        guard let known = routes[route] else { return true }
        return known[group] != nil || known.count < limits.candidates
    }

    /// The groups with most traces, and one of all others.
    private func kept(
        _ groups: [String?: CallProfileDraft], of route: SlowAnalysis.Route
    ) -> [(group: String?, draft: CallProfileDraft)] {
        let byCount = groups.filter { $0.key != Overflow.name }.sorted {
            ($1.value.traceCount, $0.key ?? "") < ($0.value.traceCount, $1.key ?? "")
        }
        var rest = groups[Overflow.name]
        for (_, draft) in byCount.dropFirst(limits.groups) {
            rest = rest ?? CallProfileDraft(route)
            rest?.merge(draft, limit: limits.nodesPerProfile)
        }
        var kept: [(group: String?, draft: CallProfileDraft)] = byCount.prefix(limits.groups)
            .sorted { ($0.key ?? "") < ($1.key ?? "") }
            .map { (group: $0.key, draft: $0.value) }
        if let rest { kept.append((group: Overflow.name, draft: rest)) }
        return kept
    }
}
