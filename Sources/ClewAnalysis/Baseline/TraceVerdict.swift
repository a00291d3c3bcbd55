/// Why a trace took as long as it did, against what is usual for its route.
public struct TraceVerdict: Hashable, Sendable {
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// There are too few other traces of the route to say.
        case tooFew
        /// It took no longer than usual.
        case asUsual
        /// It took longer; ``TraceVerdict/cause`` says where.
        case slow
        /// Its root failed; ``TraceVerdict/failure`` says where.
        case failed
    }

    public var outcome: Outcome
    /// The root's, in nanoseconds.
    public var duration: UInt64
    /// Of the roots of the route's other traces; all zero without any.
    public var usual: Quantiles
    /// The other traces of the route.
    public var samples: Int
    /// What lengthened a slow trace most; `nil` where nothing in it stands out.
    public var cause: Cause?
    /// The place of the span at which a failed trace failed; `nil` otherwise.
    public var failure: Int?

    /// Nanoseconds over the usual p50; zero where it took no longer.
    public var excess: UInt64 { duration > usual.p50 ? duration - usual.p50 : 0 }
    /// Whether ``usual`` says anything.
    public var isCompared: Bool { samples >= OperationBaseline.minimumSamples }

    /// Whether the trace is so much longer than usual that it needs a reason: by 1 ms and a tenth at least, as for
    /// `clew slow`, and beyond what one in twenty takes or half as long again.
    static func isSlow(_ duration: UInt64, in durations: DurationHistogram) -> Bool {
        let median = durations.quantile(0.5)
        guard duration > median, duration - median >= max(1_000_000, median / 10) else { return false }
        return duration - median >= median / 2 || durations.isExceeded(by: duration, at: 0.95)
    }

    /// Spans of one operation that cost more than they usually do.
    public struct Cause: Hashable, Sendable {
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// They worked, or waited, longer by themselves.
            case ownTime
            /// There are more of them.
            case calls
        }

        public var kind: Kind
        /// Its place in ``Trace/spans``: the worst of them for `ownTime`, the first for `calls`.
        public var span: Int
        /// The spans in this trace: for `ownTime` those that took longer, for `calls` all of the operation.
        public var count: Int
        /// How many there are in half of the route's traces at most.
        public var usualCount: Int
        /// Nanoseconds that the root waited for them: for `calls` with all that lies below them.
        public var time: UInt64
        /// The part of ``time`` that is more than usual.
        public var excess: UInt64
        /// ``excess`` as a share of ``TraceVerdict/excess``. It may exceed 1, where other spans took less than usual.
        public var share: Double
    }
}
