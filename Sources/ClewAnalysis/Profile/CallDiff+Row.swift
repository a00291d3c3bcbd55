extension CallDiff {
    /// One hop at one place on both sides.
    public struct Row: Hashable, Sendable, Codable {
        public var hop: Hop
        /// The caller's place in ``CallDiff/rows``; `nil` for the route itself.
        public var parent: Int?
        public var depth: Int
        /// `nil` where the hop is new.
        public var before: Figures?
        /// `nil` where the hop is gone.
        public var now: Figures?

        public init(hop: Hop, parent: Int?, depth: Int, before: Figures?, now: Figures?) {
            self.hop = hop
            self.parent = parent
            self.depth = depth
            self.before = before
            self.now = now
        }

        /// Nanoseconds of own time a trace, more or less.
        public var change: Double { (now?.ownTime ?? 0) - (before?.ownTime ?? 0) }
    }

    /// What a hop is on one side, as means over its traces.
    public struct Figures: Hashable, Sendable, Codable {
        /// Nanoseconds on the critical path a trace.
        public var ownTime: Double
        /// Calls a trace, waited for or not.
        public var calls: Double
        /// The share of calls that failed, 0...1.
        public var errorShare: Double

        public init(ownTime: Double, calls: Double, errorShare: Double = 0) {
            self.ownTime = ownTime
            self.calls = calls
            self.errorShare = errorShare
        }
    }
}

// MARK: - What is worth a word

extension CallDiff {
    /// A change of less than this share of what was before is noise.
    public static let notableShare = 0.05
    /// Nanoseconds: a smaller change is noise.
    public static let notableTime = 100_000.0
    /// Calls a trace: a smaller change is noise.
    public static let notableCalls = 0.05
    /// Errors as a share of calls: a smaller change is noise.
    public static let notableErrors = 0.01

    /// Whether two times in nanoseconds differ by more than jitter: by ``notableTime`` and by ``notableShare``.
    public static func isNotable(_ before: Double, _ now: Double) -> Bool {
        let change = (now - before).magnitude
        return change >= notableTime && change >= notableShare * before
    }
}

extension CallDiff.Row {
    /// Whether its own time changed by more than jitter.
    public var isSlowerOrFaster: Bool { CallDiff.isNotable(before?.ownTime ?? 0, now?.ownTime ?? 0) }

    /// Whether it is called notably more often or less often, from never or to never included.
    public var hasOtherCalls: Bool {
        let (before, now) = (before?.calls ?? 0, now?.calls ?? 0)
        let change = (now - before).magnitude
        return change >= CallDiff.notableCalls && change >= CallDiff.notableShare * before
    }

    /// Whether it fails notably more or less often.
    public var hasOtherErrors: Bool {
        ((now?.errorShare ?? 0) - (before?.errorShare ?? 0)).magnitude >= CallDiff.notableErrors
    }

    /// Whether anything about it changed by more than jitter.
    public var isNotable: Bool { isSlowerOrFaster || hasOtherCalls || hasOtherErrors }
}
