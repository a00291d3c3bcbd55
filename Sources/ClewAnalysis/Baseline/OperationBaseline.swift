public import ClewModel

/// What is usual for the operations of one trace: how long they take, and how often they are called, in other traces.
///
/// ``OperationBaselineBuilder`` makes it. It knows the operations of that trace and no others, so it stays small,
/// however many traces it is made of.
public struct OperationBaseline: Hashable, Sendable, Codable {
    /// When the first and the last of the other traces started; both zero where there is none.
    public var from: UnixNanoseconds
    public var to: UnixNanoseconds
    /// Other traces that were looked at, of whatever route.
    public var traceCount: Int
    /// The share of the traces in question that were looked at, 0...1; below 1 where a sample stands for all.
    public var keptShare: Double
    /// The other traces of the same route; `nil` for a trace without spans.
    public var route: Route?
    /// The trace's operations in display order, those that occur nowhere else included.
    public var operations: [Statistics]

    /// How far before a trace the others are looked for, unless told otherwise: 3 h in nanoseconds.
    public static let defaultWindow: UInt64 = 3 * 3600 * .nanosecondsPerSecond
    /// Fewer samples say nothing about what is usual: a p95 of 20 is the second largest.
    public static let minimumSamples = 20

    /// - Parameter route: The operation that the trace begins with.
    public init(route: Operation? = nil, operations: [Operation] = []) {
        (from, to, traceCount, keptShare) = (0, 0, 0, 1)
        self.route = route.map { Route(operation: $0) }
        self.operations = operations.map { Statistics(operation: $0) }
    }

    /// The traces that begin with the same operation.
    public struct Route: Hashable, Sendable, Codable {
        public var operation: Operation
        /// Of their roots, in nanoseconds.
        public var durations = DurationHistogram()
        /// Those whose root failed.
        public var errors = 0

        public var count: Int { durations.count }
    }

    /// One operation in other traces.
    public struct Statistics: Hashable, Sendable, Codable {
        public var operation: Operation
        /// Nanoseconds.
        public var durations = DurationHistogram()
        /// Nanoseconds of a span in which none of its children ran.
        public var ownTimes = DurationHistogram()
        /// Spans that failed; they count in the durations too.
        public var errors = 0
        /// Calls in each trace of the same route that has any.
        public var calls = CallCounts()

        public var count: Int { durations.count }
    }
}
