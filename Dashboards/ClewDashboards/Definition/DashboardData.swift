public import ClewAnalysis
public import ClewModel

/// What a dashboard is drawn from; each panel takes its part.
///
/// ``DashboardDefinition/sources`` tells which parts a definition needs.
public struct DashboardData: Sendable {
    public var red: REDReport?
    public var map: ServiceMap?
    /// One report a route, the one that matters most first.
    public var slow: [SlowReport]
    public var trace: Trace?
    /// The spans of ``trace`` as they were sent, for the messages of errors; may be empty.
    public var spans: [Span]

    public init(
        red: REDReport? = nil, map: ServiceMap? = nil, slow: [SlowReport] = [], trace: Trace? = nil, spans: [Span] = []
    ) {
        self.red = red
        self.map = map
        self.slow = slow
        self.trace = trace
        self.spans = spans
    }
}
