/// What became of the requests of one route in a measured time.
public struct RouteFigures: Hashable, Sendable {
    public var requests: Int
    /// Those that were answered with 500 and above.
    public var errors: Int
    /// All others, a second.
    public var goodput: Double
    /// Seconds within which 99 of 100 requests were answered, errors included.
    public var p99: Double

    public init(requests: Int, errors: Int, goodput: Double, p99: Double) {
        self.requests = requests
        self.errors = errors
        self.goodput = goodput
        self.p99 = p99
    }
}
