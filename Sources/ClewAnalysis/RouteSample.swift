import ClewModel

/// A uniform sample of a route's traces.
struct RouteSample {
    private(set) var traces: [TraceVector] = []
    /// All traces of the route, sampled or not.
    private(set) var seen = 0
    /// Failed traces among ``seen``.
    private(set) var errors = 0

    /// Where in ``traces`` the next trace goes; `nil` if the sampling leaves it out.
    ///
    /// Vitter's algorithm R: each trace seen is in the sample with the same probability.
    mutating func place(isError: Bool, capacity: Int, using generator: inout SplitMix64) -> Int? {
        seen += 1
        if isError { errors += 1 }
        if traces.count < capacity, traces.count == seen - 1 { return traces.count }
        let place = Int.random(in: 0..<seen, using: &generator)
        return place < traces.count ? place : nil
    }

    /// Puts a trace in its place.
    ///
    /// - Returns: By how many the stored hop totals grew.
    mutating func put(_ trace: TraceVector, at place: Int) -> Int {
        guard place < traces.count else {
            traces.append(trace)
            return trace.hops.count
        }
        defer { traces[place] = trace }
        return trace.hops.count - traces[place].hops.count
    }
}
