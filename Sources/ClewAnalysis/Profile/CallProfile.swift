public import ClewModel

/// Many traces of one route as one tree of hops: what is called where, how often, and what of the route's time is spent
/// there.
///
/// Own times are those of the critical path, as in ``SlowReport``: the means of all nodes sum to ``meanDuration``. Hops
/// that no trace waited for are in the tree too, with no own time. All times are nanoseconds.
public struct CallProfile: Hashable, Sendable, Codable {
    public var service: String
    public var operation: String
    /// The value of the attribute that the traces were told apart by, see ``TraceGroups``; `nil` where they were not.
    public var group: String?
    /// The window, as it was asked for.
    public var from: UnixNanoseconds
    public var to: UnixNanoseconds
    public var traceCount: Int
    /// Traces whose root failed.
    public var errorCount: Int
    /// Of the roots; exact, as ``durations`` are within 4.5 %.
    public var meanDuration: Double
    public var durations: Quantiles
    /// Each node followed by what it calls, siblings by their start. The first is the route itself.
    public var nodes: [Node]
    /// Traces left out because their root was missing; they belong to no route.
    public var incompleteTraces: Int
    /// The share of traces that were looked at, 0...1; below 1 where they did not fit into memory.
    public var keptShare: Double

    public init(
        service: String,
        operation: String,
        group: String? = nil,
        from: UnixNanoseconds,
        to: UnixNanoseconds,
        traceCount: Int,
        errorCount: Int,
        meanDuration: Double,
        durations: Quantiles,
        nodes: [Node],
        incompleteTraces: Int = 0,
        keptShare: Double = 1
    ) {
        self.service = service
        self.operation = operation
        self.group = group
        self.from = from
        self.to = to
        self.traceCount = traceCount
        self.errorCount = errorCount
        self.meanDuration = meanDuration
        self.durations = durations
        self.nodes = nodes
        self.incompleteTraces = incompleteTraces
        self.keptShare = keptShare
    }

    public var route: SlowAnalysis.Route { SlowAnalysis.Route(service: service, operation: operation) }

    /// The share of traces whose root failed, 0...1.
    public var errorShare: Double { traceCount > 0 ? Double(errorCount) / Double(traceCount) : 0 }

    /// The nodes that some trace waited for, most of the route's time first.
    public var heaviest: [Node] {
        // Pre-order settles equal shares.
        nodes.enumerated().filter { $0.element.isWaitedFor }
            .sorted { ($1.element.share, $0.offset) < ($0.element.share, $1.offset) }
            .map(\.element)
    }
}
