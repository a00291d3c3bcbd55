public import ClewAnalysis
public import ClewModel

/// Which routes to merge into profiles, and when.
public struct ProfileQuestion: Hashable, Sendable {
    /// When a trace's root starts.
    public var window: Range<UnixNanoseconds>
    /// The root's service and name; `nil` for all.
    public var service: String?
    public var operation: String?
    /// How the traces of a route are told apart; `nil` where they are not.
    public var grouping: TraceGrouping?

    public init(
        window: Range<UnixNanoseconds>, service: String? = nil, operation: String? = nil, grouping: TraceGrouping? = nil
    ) {
        self.window = window
        self.service = service
        self.operation = operation
        self.grouping = grouping
    }
}
