import ClewModel

/// Counts the calls of many traces into a ``ServiceMap``, within bounds.
///
/// An edge comes from a call and the place where it arrived: a client span and its server span, a producer and its
/// consumer by way of the queue, or a call to a database, queue or peer without a span on the far side. Databases and
/// queues are named `system:name`. A peer that has the name of a service is that service.
public struct ServiceMapBuilder: Sendable {
    public let maximumNodes: Int
    public let maximumEdges: Int
    /// Calls that were not counted because a bound was reached.
    public private(set) var droppedCalls = 0
    private var nodes: [String: Node] = [:]
    private var edges: [Ends: OutcomeStats] = [:]

    private struct Node {
        var kind: ServiceMap.NodeKind
        /// Entry spans.
        var entries = OutcomeStats()
        /// Calls by others.
        var calls = OutcomeStats()
    }

    private struct Ends: Hashable {
        var from: String
        var to: String
    }

    public init(maximumNodes: Int = 1000, maximumEdges: Int = 5000) {
        self.maximumNodes = maximumNodes
        self.maximumEdges = maximumEdges
    }

    public mutating func add(_ trace: Trace) {
        for index in trace.spans.indices {
            let span = trace.spans[index]
            guard makeNode(span.service, .service) else {
                droppedCalls += 1
                continue
            }
            if span.isEntry { nodes[span.service]?.entries.record(duration: span.duration, isError: span.isError) }
            addArrival(of: span, from: trace.parent(of: index).map { trace.spans[$0] })
            if !span.isEntry { addCall(by: span, arrives: trace.callee(of: index) != nil) }
        }
    }

    public func finish() -> ServiceMap {
        let nodes = nodes.sorted { $0.key < $1.key }.map { name, node in
            let stats = node.kind == .service ? node.entries : node.calls
            return ServiceMap.Node(
                name: name, kind: node.kind, calls: stats.count, errors: stats.errors, durations: stats.quantiles)
        }
        let edges = edges.sorted { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }.map { ends, stats in
            ServiceMap.Edge(
                from: ends.from, to: ends.to, calls: stats.count, errors: stats.errors, durations: stats.quantiles)
        }
        return ServiceMap(nodes: nodes, edges: edges)
    }

    /// The edge that ends in a span: from the queue it consumes, from its caller, or from a parent in another service.
    private mutating func addArrival(of span: SpanSummary, from parent: SpanSummary?) {
        if span.kind == .consumer, let queue = Self.queue(of: span) ?? parent.flatMap(Self.queue) {
            connect(queue, .queue, span.service, .service, span)
        } else if let parent {
            let parentCalls = parent.kind == .client || parent.kind == .producer
            guard parent.service != span.service || (parentCalls && span.isEntry) else { return }
            // A calling span saw the call as the caller did; another parent only shows that there was one.
            connect(parent.service, .service, span.service, .service, parentCalls ? parent : span)
        }
    }

    /// The edge that starts in a calling span; a call that arrives in a service is counted there.
    private mutating func addCall(by span: SpanSummary, arrives: Bool) {
        guard let target = span.target, span.kind == .client || span.kind == .producer || target.kind == .database
        else { return }
        switch target.kind {
        case .messaging: connect(span.service, .service, Self.name(of: target), .queue, span)
        case .database where !arrives: connect(span.service, .service, Self.name(of: target), .database, span)
        case .peer where !arrives: connect(span.service, .service, target.name, .peer, span)
        case .database, .peer: break
        }
    }

    private mutating func connect(
        _ from: String, _ fromKind: ServiceMap.NodeKind, _ to: String, _ toKind: ServiceMap.NodeKind,
        _ span: SpanSummary
    ) {
        let ends = Ends(from: from, to: to)
        guard edges[ends] != nil || edges.count < maximumEdges, makeNode(from, fromKind), makeNode(to, toKind) else {
            droppedCalls += 1
            return
        }
        edges[ends, default: OutcomeStats()].record(duration: span.duration, isError: span.isError)
        // A queue is called by its producers; what it hands to consumers is theirs to count.
        guard fromKind == .service else { return }
        nodes[to]?.calls.record(duration: span.duration, isError: span.isError)
    }

    /// Whether there is a node of this name, made if there is room.
    private mutating func makeNode(_ name: String, _ kind: ServiceMap.NodeKind) -> Bool {
        if let node = nodes[name] {
            if kind == .service, node.kind != .service { nodes[name]?.kind = .service }
            return true
        }
        guard nodes.count < maximumNodes else { return false }
        nodes[name] = Node(kind: kind)
        return true
    }

    private static func queue(of span: SpanSummary) -> String? {
        span.target.flatMap { $0.kind == .messaging ? name(of: $0) : nil }
    }

    private static func name(of target: Target) -> String {
        target.name.isEmpty ? target.system : "\(target.system):\(target.name)"
    }
}
