public import ClewModel

/// A service with what speaks against it.
public struct Suspect: Hashable, Sendable, Codable {
    public var service: String
    /// How strongly the evidence speaks against it; comparable between the suspects of one explanation only. Unit: the
    /// logarithm of a factor, so 0.7 is like a doubling of all its durations.
    public var score: Double
    public var confidence: Confidence
    /// The strongest first; at most ``maximumEvidence``.
    public var evidence: [Evidence]
    /// Nanoseconds a trace by which the service's hops on the critical path changed, over all routes on both sides.
    public var change: Double
    /// ``change`` as a share of what all traces changed; `nil` where they did not get slower.
    public var shareOfChange: Double?
    /// What all deviating spans have in common, as `service.version = 2.1.0`; empty where it is nothing.
    public var only: [String]

    public static let maximumEvidence = 5

    /// Whether the evidence is more than chance brings about.
    public var isLikely: Bool { confidence != .low }

    public enum Confidence: String, Hashable, Sendable, Codable, CaseIterable {
        case low
        case medium
        case high
    }

    /// One kind of change at one place.
    public struct Evidence: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// Its own work takes longer. ``before`` and ``now``: geometric means in nanoseconds.
            case ownTime
            /// The way to another service and back, or the wait there, takes longer. Units as of ``ownTime``.
            case network
            /// A database call takes longer. Units as of ``ownTime``.
            case database
            /// Whatever it does sometimes takes many times as long. ``before`` and ``now``: the share of executions, 0...1.
            case stalls
            /// It calls something more often. ``before`` and ``now``: calls an execution.
            case moreCalls
            /// Work that used to follow does not. ``before`` and ``now``: the share of executions that end here, 0...1.
            case missingCalls
            /// Executions fail by themselves, not because what they call fails. ``before`` and ``now``: shares, 0...1.
            case errors
            /// A log pattern appeared or became frequent. ``before`` and ``now``: the share of executions with it, 0...1.
            case newLogPattern
            /// A log pattern became rare or vanished. Units as of ``newLogPattern``.
            case lostLogPattern
        }

        public var kind: Kind
        /// Where it was seen: the service and operation whose executions are counted.
        public var service: String
        public var operation: String
        /// The service, database or operation on the other side; empty where there is none.
        public var peer: String
        /// The log pattern, with `<*>` for what varies; empty for other kinds.
        public var pattern: String
        public var before: Double
        public var now: Double
        /// Executions that ``before`` and ``now`` were taken from.
        public var beforeCount: Int
        public var nowCount: Int
        /// How large the change is in units of ``Suspect/score``, and its 95 % interval.
        public var effect: Double
        public var interval: ClosedRange<Double>
        /// Executions of the window in question that show it, the clearest first; at most three.
        public var examples: [Example]
    }

    public struct Example: Hashable, Sendable, Codable {
        public var trace: TraceID
        public var span: SpanID
    }
}
