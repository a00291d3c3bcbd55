public import ClewModel

/// One anti-pattern found in one place, with its evidence.
public struct Finding: Hashable, Sendable, Codable {
    public enum Severity: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
        case low, medium, high

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .low: 0
            case .medium: 1
            case .high: 2
            }
        }
    }

    /// How sure a finding is: `possible` where the telemetry cannot tell it from something harmless.
    public enum Confidence: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
        case possible, likely, certain

        public static func < (left: Confidence, right: Confidence) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .possible: 0
            case .likely: 1
            case .certain: 2
            }
        }
    }

    /// Where to look: spans of one trace that show the matter.
    public struct Evidence: Hashable, Sendable, Codable {
        public var trace: TraceID
        /// At most ``maximumSpans``.
        public var spans: [SpanID]
        /// What these spans show, for example `12 calls, 84 ms`; may be empty.
        public var note: String

        public static let maximumSpans = 8

        public init(trace: TraceID, spans: [SpanID], note: String = "") {
            self.trace = trace
            self.spans = Array(spans.prefix(Self.maximumSpans))
            self.note = note
        }

        /// An order that is the same on every run, whatever the order in which evidence came.
        func precedes(_ other: Evidence) -> Bool {
            if trace != other.trace { return trace < other.trace }
            let (span, otherSpan) = (spans.first ?? .invalid, other.spans.first ?? .invalid)
            return (span, note) < (otherSpan, other.note)
        }
    }

    /// What the matter cost in the window, as far as the telemetry says.
    public struct Cost: Hashable, Sendable, Codable {
        /// Nanoseconds that callers waited longer, over all occurrences; 0 where it costs no time or none is known.
        public var nanoseconds: UInt64
        /// Calls, messages or requests that failed or were done in vain.
        public var errors: Int

        public init(nanoseconds: UInt64 = 0, errors: Int = 0) {
            self.nanoseconds = nanoseconds
            self.errors = errors
        }
    }

    /// Pieces of evidence that a finding keeps.
    public static let maximumEvidence = 5
    /// Services that a finding names.
    public static let maximumServices = 32

    /// The rule's name.
    public var rule: String
    public var severity: Severity
    public var confidence: Confidence
    /// The hop, route, destination or database, for example `orders -> catalog`; what a silence matches.
    public var place: String
    /// The services that take part, the one to change first; at most ``maximumServices``.
    public var services: [String]
    /// One sentence with figures.
    public var summary: String
    /// Times it was seen, of how many times it could have been.
    public var occurrences: Int
    public var population: Int
    public var cost: Cost
    /// Why it is as sure as it is.
    public var reason: String
    /// The worst or first, at most ``maximumEvidence``.
    public var evidence: [Evidence]

    public init(
        rule: AuditRule, severity: Severity? = nil, confidence: Confidence, place: String, services: [String],
        summary: String, occurrences: Int, population: Int, cost: Cost = Cost(), reason: String, evidence: [Evidence]
    ) {
        self.rule = rule.name
        self.severity = severity ?? rule.severity
        self.confidence = confidence
        self.place = place
        self.services = Array(services.prefix(Self.maximumServices))
        self.summary = summary
        self.occurrences = occurrences
        self.population = population
        self.cost = cost
        self.reason = reason
        self.evidence = Array(evidence.prefix(Self.maximumEvidence))
    }

    /// Names as a sentence lists them, those past the sixteenth counted.
    static func list(_ names: some Collection<String>) -> String {
        let rest = names.count - FewNames.standardCapacity
        let shown = names.prefix(FewNames.standardCapacity).joined(separator: ", ")
        return rest > 0 ? "\(shown) and \(rest) more" : shown
    }
}
