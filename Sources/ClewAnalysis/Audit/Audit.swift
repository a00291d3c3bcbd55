public import ClewModel

/// Looks through the traces and logs of a window for known anti-patterns.
///
/// Feed it assembled traces and log records one by one, then ask for the report. Memory is bounded whatever the window:
/// each rule keeps counts and a few examples.
///
/// ```swift
/// var audit = Audit(from: window.lowerBound, to: window.upperBound)
/// for spans in traces { audit.add(AuditTrace(spans: spans)) }
/// let report = audit.finish()
/// ```
public struct Audit: Sendable {
    public let from: UnixNanoseconds
    public let to: UnixNanoseconds
    private let settings: AuditSettings
    private var detectors: [any AuditDetector]
    private var traceCount = 0
    private var spanCount = 0
    private var recordCount = 0
    private var newest: UnixNanoseconds = 0

    /// - Parameters:
    ///   - from: The window, as the report states it; traces are not checked against it.
    ///   - to: The window's end.
    public init(from: UnixNanoseconds, to: UnixNanoseconds, settings: AuditSettings = AuditSettings()) {
        self.from = from
        self.to = to
        self.settings = settings
        detectors = Self.detectors.filter { settings.isEnabled($0.rule) }.map { $0.init(settings) }
    }

    /// Findings that a report holds: more are read by nobody, and one sender can provoke any number.
    public static let maximumFindings = 500

    /// All rules, in the order in which they are listed.
    public static var rules: [AuditRule] { detectors.map { $0.rule } }

    /// Adds a trace; an empty one is ignored.
    public mutating func add(_ trace: AuditTrace) {
        guard !trace.spans.isEmpty else { return }
        traceCount += 1
        spanCount += trace.spans.count
        newest = trace.spans.reduce(newest) { max($0, $1.summary.end) }
        for index in detectors.indices { detectors[index].visit(trace) }
    }

    public mutating func add(_ record: LogRecord) {
        recordCount += 1
        for index in detectors.indices { detectors[index].visit(record) }
    }

    /// The findings, the worst first.
    public func finish() -> AuditReport {
        let end = min(newest, to)
        var findings = detectors.flatMap { $0.findings(at: end) }
        for index in findings.indices {
            guard let severity = settings.rules[findings[index].rule]?.severity else { continue }
            findings[index].severity = severity
        }
        findings.sort { Self.precedes($0, $1) }
        let omitted = max(0, findings.count - Self.maximumFindings)
        return AuditReport(
            from: from, to: to, traceCount: traceCount, spanCount: spanCount, recordCount: recordCount,
            ruleCount: detectors.count, findings: Array(findings.prefix(Self.maximumFindings)),
            omittedFindings: omitted)
    }

    /// By severity, then by confidence, then by cost; the rest only makes the order the same on every run.
    static func precedes(_ left: Finding, _ right: Finding) -> Bool {
        if left.severity != right.severity { return left.severity > right.severity }
        if left.confidence != right.confidence { return left.confidence > right.confidence }
        if left.cost.nanoseconds != right.cost.nanoseconds { return left.cost.nanoseconds > right.cost.nanoseconds }
        if left.occurrences != right.occurrences { return left.occurrences > right.occurrences }
        let (first, second) = ((left.rule, left.place, left.summary), (right.rule, right.place, right.summary))
        if first != second { return first < second }
        guard let evidence = left.evidence.first, let other = right.evidence.first else { return false }
        return evidence.precedes(other)
    }
}
