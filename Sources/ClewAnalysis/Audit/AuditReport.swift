public import ClewModel

/// What an audit found in a window, the worst first.
public struct AuditReport: Hashable, Sendable, Codable {
    /// A finding that somebody decided to live with, and why.
    public struct Silenced: Hashable, Sendable, Codable {
        public var finding: Finding
        public var reason: String

        public init(finding: Finding, reason: String) {
            self.finding = finding
            self.reason = reason
        }
    }

    public var from: UnixNanoseconds
    public var to: UnixNanoseconds
    /// What was looked at.
    public var traceCount: Int
    public var spanCount: Int
    public var recordCount: Int
    /// Rules that were on.
    public var ruleCount: Int
    /// The worst, at most ``Audit/maximumFindings``.
    public var findings: [Finding]
    /// Lesser findings beyond these.
    public var omittedFindings: Int
    public var silenced: [Silenced]
    /// The share of traces that was looked at, 0...1: less than 1 where memory did not hold them all.
    public var keptShare: Double

    public init(
        from: UnixNanoseconds, to: UnixNanoseconds, traceCount: Int, spanCount: Int, recordCount: Int, ruleCount: Int,
        findings: [Finding], omittedFindings: Int = 0, silenced: [Silenced] = [], keptShare: Double = 1
    ) {
        self.from = from
        self.to = to
        self.traceCount = traceCount
        self.spanCount = spanCount
        self.recordCount = recordCount
        self.ruleCount = ruleCount
        self.findings = findings
        self.omittedFindings = omittedFindings
        self.silenced = silenced
        self.keptShare = keptShare
    }
}
