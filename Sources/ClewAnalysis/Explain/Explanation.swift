public import ClewModel

/// What changed between two windows, who is to blame for it, and by how much.
///
/// The figures of ``routes`` are exact: the changes of a route's hops sum to its change. The ranking of ``suspects`` is a
/// judgement: each is a service, with all that speaks against it; see ``ExplainAnalysis``.
public struct Explanation: Hashable, Sendable, Codable {
    /// The window in question.
    public var now: Side
    /// What it is compared with.
    public var before: Side
    /// What ``before`` is.
    public var comparison: SlowReport.Comparison
    /// The strongest first; at most ``maximumSuspects``.
    public var suspects: [Suspect]
    /// How each route's mean duration changed, the route that lost most first; at most ``maximumRoutes``.
    public var routes: [RouteChange]
    /// The share of traces that were looked at, 0...1; below 1 where they did not fit into memory.
    public var keptShare = 1.0
    /// Traces left out because one alone would have taken too much memory.
    public var oversizedTraces = 0
    /// Statistics of operations, calls and log patterns past the bounds, which were left out.
    public var dropped = 0

    /// The service to look at first; `nil` where nothing changed beyond what chance explains.
    public var cause: Suspect? { suspects.first { $0.isLikely } }

    public static let maximumSuspects = 10
    public static let maximumRoutes = 10

    /// One of the two windows.
    public struct Side: Hashable, Sendable, Codable {
        public var from: UnixNanoseconds
        public var to: UnixNanoseconds
        public var traces: Int
        public var spans: Int
        /// Log records that belong to one of the spans. Patterns are compared only where both sides have some.
        public var records: Int
        /// The share of spans that did not come, 0...1, estimated by how many parents are missing.
        public var lost = 0.0
    }

    /// A route's mean duration on both sides, in nanoseconds.
    public struct RouteChange: Hashable, Sendable, Codable {
        public var route: SlowAnalysis.Route
        public var before: SlowReport.Group
        public var now: SlowReport.Group
        /// The hops that changed most, the largest first; at most ten. What they leave of ``change`` is ``rest``.
        public var hops: [HopChange]

        public var change: Double { now.meanDuration - before.meanDuration }
        /// What the hops that are not listed add up to.
        public var rest: Double { change - hops.reduce(0) { $0 + $1.change } }
    }

    /// A hop's mean own time on the critical path of a route's traces, in nanoseconds a trace.
    public struct HopChange: Hashable, Sendable, Codable {
        public var hop: Hop
        public var before: Double
        public var now: Double

        public var change: Double { now - before }
    }
}
