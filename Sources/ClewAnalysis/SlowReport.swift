public import ClewModel

/// Which hop makes a route slow: each hop's share of the time, slow traces against typical ones.
///
/// Own times along a critical path sum to its root's duration, so the changes of all hops sum to ``difference``.
/// All times are nanoseconds; means over traces.
public struct SlowReport: Hashable, Sendable, Codable {
    /// What the slow traces are compared with.
    public enum Comparison: String, Hashable, Sendable, Codable {
        /// The typical traces of the same window.
        case tail
        /// The traces of an earlier window.
        case baseline
    }

    public var service: String
    public var operation: String
    public var comparison: Comparison
    public var from: UnixNanoseconds
    public var to: UnixNanoseconds
    /// Traces of the route in the window, and for `baseline` also those before it.
    public var traceCount: Int
    public var errorCount: Int
    /// Root durations of all traces in the window.
    public var durations: Quantiles
    public var slow: Group
    public var typical: Group
    /// ``slow`` mean duration less ``typical`` mean duration.
    public var difference: Int64
    /// By contribution to the difference, the largest first.
    public var hops: [HopShare]
    /// Traces left out because their root was missing or not an entry of this route.
    public var incompleteTraces: Int
    /// Traces of this route that the sampling left out of all other figures but ``traceCount``.
    public var unsampledTraces: Int

    /// The hop that explains most of the difference; `nil` when nothing got slower.
    public var culprit: HopShare? { difference > 0 ? hops.first { $0.change > 0 } : nil }

    /// The traces on one side of the comparison.
    public struct Group: Hashable, Sendable, Codable {
        public var count: Int
        public var meanDuration: Double

        public init(count: Int, meanDuration: Double) {
            self.count = count
            self.meanDuration = meanDuration
        }
    }

    /// One hop on both sides of the comparison.
    public struct HopShare: Hashable, Sendable, Codable {
        public var hop: Hop
        /// Mean own time per slow trace and per typical trace, counting traces without the hop as zero.
        public var slowMean: Double
        public var typicalMean: Double
        /// Calls on the critical path per slow trace and per typical trace.
        public var slowCalls: Double
        public var typicalCalls: Double
        /// ``slowMean`` as a share of the slow traces' mean duration, 0...1.
        public var shareOfTime: Double
        /// ``change`` as a share of the difference; 1 is all of it, and it may be negative.
        public var shareOfDifference: Double
        /// Slow traces with this hop on their critical path.
        public var slowTraces: Int
        /// Slow traces in which this hop took longest, the worst first; at most five.
        public var examples: [TraceID]

        /// ``slowMean`` less ``typicalMean``.
        public var change: Double { slowMean - typicalMean }

        public init(
            hop: Hop,
            slowMean: Double,
            typicalMean: Double,
            slowCalls: Double,
            typicalCalls: Double,
            shareOfTime: Double,
            shareOfDifference: Double,
            slowTraces: Int,
            examples: [TraceID]
        ) {
            self.hop = hop
            self.slowMean = slowMean
            self.typicalMean = typicalMean
            self.slowCalls = slowCalls
            self.typicalCalls = typicalCalls
            self.shareOfTime = shareOfTime
            self.shareOfDifference = shareOfDifference
            self.slowTraces = slowTraces
            self.examples = examples
        }
    }

    public init(
        service: String,
        operation: String,
        comparison: Comparison,
        from: UnixNanoseconds,
        to: UnixNanoseconds,
        traceCount: Int,
        errorCount: Int,
        durations: Quantiles,
        slow: Group,
        typical: Group,
        difference: Int64,
        hops: [HopShare],
        incompleteTraces: Int,
        unsampledTraces: Int = 0
    ) {
        self.service = service
        self.operation = operation
        self.comparison = comparison
        self.from = from
        self.to = to
        self.traceCount = traceCount
        self.errorCount = errorCount
        self.durations = durations
        self.slow = slow
        self.typical = typical
        self.difference = difference
        self.hops = hops
        self.incompleteTraces = incompleteTraces
        self.unsampledTraces = unsampledTraces
    }
}
