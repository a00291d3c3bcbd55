public import ClewModel

/// Collects the traces of a window by route and says which hop makes the slow ones slow; see ``SlowReport``.
///
/// Feed it assembled traces one by one. Of each only its duration and its own time per hop are kept, and of a route's
/// traces no more than a uniform sample of ``Limits/tracesPerRoute``; the seed is fixed, so equal input gives an equal
/// report.
///
/// A route is the service and name of a trace's root. A trace whose root is missing belongs to no route and is counted
/// in ``incompleteTraces``.
public struct SlowAnalysis: Sendable {
    /// What requests are grouped by.
    public struct Route: Hashable, Sendable, Codable, Comparable {
        public var service: String
        public var operation: String

        public init(service: String, operation: String) {
            self.service = service
            self.operation = operation
        }

        public static func < (left: Route, right: Route) -> Bool {
            (left.service, left.operation) < (right.service, right.operation)
        }
    }

    /// Bounds on what is kept.
    public struct Limits: Hashable, Sendable {
        /// Routes; traces of further ones are counted in ``SlowAnalysis/droppedTraces``.
        public var routes: Int
        /// Traces of a route; beyond, they are sampled.
        public var tracesPerRoute: Int
        /// Distinct hops; beyond, operations of a hop are counted as one.
        public var hops: Int
        /// Pairs of trace and hop, over all routes, at 24 bytes each; beyond, each route keeps the number of traces it
        /// has then, and a new route at most 100.
        public var hopTotals: Int

        public init(
            routes: Int = 500, tracesPerRoute: Int = 20_000, hops: Int = 5000, hopTotals: Int = 4_000_000
        ) {
            self.routes = routes
            self.tracesPerRoute = tracesPerRoute
            self.hops = hops
            self.hopTotals = hopTotals
        }

        static let minimumTracesPerRoute = 100
    }

    public let from: UnixNanoseconds
    public let to: UnixNanoseconds
    /// Traces without their root.
    public private(set) var incompleteTraces = 0
    /// Traces of routes past the limit.
    public private(set) var droppedTraces = 0
    private let limits: Limits
    private var samples: [Route: RouteSample] = [:]
    private var hopTable: HopTable
    private var hopTotals = 0
    private var generator = SplitMix64(seed: 0)

    /// - Parameters:
    ///   - from: The window, as the report states it; traces are not checked against it.
    ///   - to: The window's end.
    public init(from: UnixNanoseconds, to: UnixNanoseconds, limits: Limits = Limits()) {
        self.from = from
        self.to = to
        self.limits = limits
        hopTable = HopTable(limit: limits.hops)
    }

    /// The routes seen, sorted.
    public var routes: [Route] { samples.keys.sorted() }

    /// Adds a trace to its route; an empty trace is ignored.
    public mutating func add(_ trace: Trace) {
        guard let root = trace.root else { return }
        guard trace.isComplete else {
            incompleteTraces += 1
            return
        }
        let route = Route(service: trace.spans[root].service, operation: trace.spans[root].name)
        guard samples[route] != nil || samples.count < limits.routes else {
            droppedTraces += 1
            return
        }
        let capacity = hopTotals < limits.hopTotals ? limits.tracesPerRoute : Limits.minimumTracesPerRoute
        let place = samples[route, default: RouteSample()].place(
            isError: trace.spans[root].isError, capacity: capacity, using: &generator)
        guard let place else { return }
        let vector = TraceVector(trace, root: root, hopTable: &hopTable)
        hopTotals += samples[route]?.put(vector, at: place) ?? 0
    }

    func sample(of route: Route) -> RouteSample? { samples[route] }

    var hops: [Hop] { hopTable.hops }
}
