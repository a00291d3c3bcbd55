public import ClewModel

/// Which times to compare to say what changed.
public struct ExplainQuestion: Hashable, Sendable {
    /// When a trace's root starts.
    public var window: Range<UnixNanoseconds>
    /// What to compare with; `nil` compares the slow tail of each route with the typical traces of the window.
    public var baseline: Range<UnixNanoseconds>?
    /// The root's service and name; `nil` for all.
    public var service: String?
    public var operation: String?
    /// Whether log records are read too.
    public var usesLogs: Bool
    /// Suspects at most.
    public var limit: Int

    public init(
        window: Range<UnixNanoseconds>, baseline: Range<UnixNanoseconds>? = nil, service: String? = nil,
        operation: String? = nil, usesLogs: Bool = true, limit: Int = 10
    ) {
        self.window = window
        self.baseline = baseline
        self.service = service
        self.operation = operation
        self.usesLogs = usesLogs
        self.limit = limit
    }
}
