/// One anti-pattern that the audit knows: what it looks for, and what a finding of it means.
public struct AuditRule: Hashable, Sendable, Codable {
    /// What an operator may tune, with its default.
    public struct Parameter: Hashable, Sendable, Codable {
        /// Lower case, words joined by `-`.
        public var name: String
        public var standard: Double
        /// What it bounds, in a few words, with its unit.
        public var meaning: String

        public init(_ name: String, _ standard: Double, _ meaning: String) {
            self.name = name
            self.standard = standard
            self.meaning = meaning
        }
    }

    /// Lower case, words joined by `-`, for example `n-plus-one`.
    public var name: String
    /// A few words, for example `chatty calls (N+1)`.
    public var title: String
    /// How bad a finding is, unless a finding itself says otherwise.
    public var severity: Finding.Severity
    /// What in the telemetry makes a finding: two or three sentences.
    public var detection: String
    /// Why that hurts.
    public var harm: String
    /// What would show that a finding is wrong.
    public var refutation: String
    /// What to do about it.
    public var advice: String
    public var parameters: [Parameter]

    public init(
        name: String, title: String, severity: Finding.Severity, detection: String, harm: String, refutation: String,
        advice: String, parameters: [Parameter] = []
    ) {
        self.name = name
        self.title = title
        self.severity = severity
        self.detection = detection
        self.harm = harm
        self.refutation = refutation
        self.advice = advice
        self.parameters = parameters
    }
}
