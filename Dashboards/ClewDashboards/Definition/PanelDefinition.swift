/// One panel of a dashboard, as its definition says.
public struct PanelDefinition: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case stat, table, line, bar, histogram, heatmap, waterfall, map, slow
    }

    /// The part of ``DashboardData`` that a panel shows.
    public enum Source: String, Hashable, Sendable, CaseIterable {
        case red, map, slow, trace
    }

    /// A figure read from the RED report or the service map.
    public enum Value: String, Hashable, Sendable, CaseIterable {
        /// Requests a second.
        case rate
        /// Requests in the whole time.
        case requests
        /// Failed requests in the whole time.
        case errors
        /// Failed requests as a share of all.
        case errorShare = "error_share"
        case p50, p90, p95, p99, max
        /// How many services took requests.
        case services
        /// How many operations took requests.
        case operations
    }

    /// How rows are put together.
    public enum Grouping: String, Hashable, Sendable, CaseIterable {
        case service
        case operation
        /// Everything in one.
        case total
        /// For `slow`: a verdict per route.
        case route
        /// For `slow`: one route with all its hops.
        case hop
    }

    public var kind: Kind
    public var title: String
    public var source: Source
    public var values: [Value]
    public var grouping: Grouping
    /// Rows, series, spans or verdicts at most.
    public var limit: Int
    /// The part of the row's width, relative to the other panels of the row.
    public var widthShare: Int
    /// Lines of a chart.
    public var height: Int
    /// Only this service; empty for all. May name a variable: `$service`.
    public var service: String
    /// Only services that no other service calls.
    public var entriesOnly: Bool
    /// Line in the definition's file, for errors.
    var lineNumber: Int
}
