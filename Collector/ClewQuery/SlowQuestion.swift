public import ClewModel

/// Which routes to look at for slow hops, and when.
public struct SlowQuestion: Hashable, Sendable {
    /// When a trace's root starts.
    public var window: Range<UnixNanoseconds>
    /// An earlier window to compare with; `nil` compares the slow tail with the typical traces of the window.
    public var baseline: Range<UnixNanoseconds>?
    /// The root's service and name; `nil` for all.
    public var service: String?
    public var operation: String?
    /// Reports at most.
    public var limit: Int

    public init(
        window: Range<UnixNanoseconds>, baseline: Range<UnixNanoseconds>? = nil, service: String? = nil,
        operation: String? = nil, limit: Int = 10
    ) {
        self.window = window
        self.baseline = baseline
        self.service = service
        self.operation = operation
        self.limit = limit
    }
}
