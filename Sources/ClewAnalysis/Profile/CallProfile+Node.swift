extension CallProfile {
    /// One hop at one place in the tree; repeated calls of one hop by one caller are one node.
    public struct Node: Hashable, Sendable, Codable {
        /// The work, call or wait. Past the bound on nodes `_other` stands for what else its caller does, with all below.
        public var hop: Hop
        /// The caller's place in ``CallProfile/nodes``; `nil` for the route itself.
        public var parent: Int?
        /// Callers above; zero for the route itself.
        public var depth: Int
        /// Traces that have it.
        public var traces: Int
        /// Traces that waited for it.
        public var waitingTraces: Int
        /// Calls a trace of the profile, and those of them that it waited for.
        public var calls: Double
        public var waitedCalls: Double
        /// The share of its spans that failed, 0...1.
        public var errorShare: Double
        /// Mean nanoseconds from its caller's start to the first call, over the traces that have it.
        public var start: Double
        /// Mean own time a trace of the profile; a trace that did not wait for it counts as zero.
        public var ownTime: Double
        /// ``ownTime`` as a share of the route's mean duration, 0...1.
        public var share: Double
        /// Own times of the traces that waited for it, all its calls of a trace together.
        public var ownTimes: Quantiles
        /// Durations of its calls, waited for or not.
        public var durations: Quantiles

        public init(
            hop: Hop,
            parent: Int?,
            depth: Int,
            traces: Int,
            waitingTraces: Int,
            calls: Double,
            waitedCalls: Double,
            errorShare: Double = 0,
            start: Double = 0,
            ownTime: Double,
            share: Double,
            ownTimes: Quantiles = Quantiles(),
            durations: Quantiles = Quantiles()
        ) {
            self.hop = hop
            self.parent = parent
            self.depth = depth
            self.traces = traces
            self.waitingTraces = waitingTraces
            self.calls = calls
            self.waitedCalls = waitedCalls
            self.errorShare = errorShare
            self.start = start
            self.ownTime = ownTime
            self.share = share
            self.ownTimes = ownTimes
            self.durations = durations
        }

        /// Whether it is on the critical path of some trace.
        public var isWaitedFor: Bool { waitingTraces > 0 }
    }
}
