/// Two profiles of a route side by side: what each hop costs more or less, what is new and what is gone.
///
/// Hops are the same where their callers are and their ``Hop`` is. The changes of all rows sum to ``change``. Nothing in
/// it names a trace, a span or a moment, so that equal behaviour gives an equal text; see ``CallDiff/isNotable(_:_:)``.
public struct CallDiff: Hashable, Sendable, Codable {
    public var before: Side
    public var now: Side
    /// Each row followed by what it calls, siblings by their start. The first is the route itself, whatever its names.
    public var rows: [Row]

    /// Nanoseconds by which the route's mean duration changed.
    public var change: Double { now.meanDuration - before.meanDuration }

    /// ``change`` as a share of the duration before; `nil` where that is zero.
    public var relativeChange: Double? { before.meanDuration > 0 ? change / before.meanDuration : nil }

    /// The rows whose own time changed notably, in the direction of the route's change first, then the largest first.
    public var largestChanges: [Row] {
        let sign = change < 0 ? -1.0 : 1
        // Pre-order settles equal changes.
        return rows.enumerated().filter { $0.element.isSlowerOrFaster }
            .sorted { (sign * $1.element.change, $0.offset) < (sign * $0.element.change, $1.offset) }
            .map(\.element)
    }

    /// One side of the comparison; times are nanoseconds.
    public struct Side: Hashable, Sendable, Codable {
        public var service: String
        public var operation: String
        public var traceCount: Int
        public var errorCount: Int
        public var meanDuration: Double
        public var durations: Quantiles

        public init(
            service: String, operation: String, traceCount: Int, errorCount: Int, meanDuration: Double,
            durations: Quantiles
        ) {
            self.service = service
            self.operation = operation
            self.traceCount = traceCount
            self.errorCount = errorCount
            self.meanDuration = meanDuration
            self.durations = durations
        }

        /// The share of traces whose root failed, 0...1.
        public var errorShare: Double { traceCount > 0 ? Double(errorCount) / Double(traceCount) : 0 }
    }

    public init(before: Side, now: Side, rows: [Row]) {
        self.before = before
        self.now = now
        self.rows = rows
    }
}

extension CallDiff.Side {
    init(_ profile: CallProfile) {
        self.init(
            service: profile.service,
            operation: profile.operation,
            traceCount: profile.traceCount,
            errorCount: profile.errorCount,
            meanDuration: profile.meanDuration,
            durations: profile.durations)
    }
}
