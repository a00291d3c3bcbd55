public import ClewAnalysis
import ClewModel

/// What an audit found: the verdict, then each finding with its cost, its evidence and what to do.
public struct AuditPanel: Panel {
    public var report: AuditReport
    /// Findings shown in full; the others have one line each.
    public var limit: Int
    /// Flags that the commands to paste end in, with a space before them.
    public var sourceFlags: String

    public init(_ report: AuditReport, limit: Int = 5, sourceFlags: String = "") {
        self.report = report
        self.limit = max(limit, 1)
        self.sourceFlags = sourceFlags
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        var blocks: [Block] = [.paragraph(verdict.readable)]
        for finding in report.findings.prefix(limit) {
            blocks += [.heading(Self.title(finding).readable), .list(lines(finding).map(\.readable))]
        }
        let rest = report.findings.dropFirst(limit)
        if !rest.isEmpty {
            let lines = rest.map { (Self.title($0) + ": \($0.summary)").readable }
            blocks += [.heading("\(rest.count) more"), .list(lines)]
        }
        if report.omittedFindings > 0 {
            let count = NumberText.counted(report.omittedFindings, "lesser finding")
            blocks.append(.list([StyledText("… \(count) left out: tune or silence rules.", .warning)]))
        }
        if !report.silenced.isEmpty {
            blocks += [.heading("silenced"), .list(report.silenced.map { Self.silenced($0).readable })]
        }
        if let first = report.findings.first {
            blocks.append(.list(["\("more about a rule:", .muted) clew audit --explain \(first.rule)"]))
        }
        return blocks
    }

    /// The answer in one sentence.
    private var verdict: StyledText {
        var seen =
            "\(NumberText.counted(report.spanCount, "span")) of \(NumberText.counted(report.traceCount, "trace"))"
        if report.recordCount > 0 { seen += " and \(NumberText.counted(report.recordCount, "log record"))" }
        var sentence: StyledText
        if let worst = report.findings.first {
            sentence = "\(Self.counts(report.findings), .strong) in \(seen); the worst: "
            sentence += Self.title(worst) + "."
        } else {
            sentence = "\("Nothing found", .good) by \(NumberText.counted(report.ruleCount, "rule")) in \(seen)."
        }
        if report.keptShare < 1 {
            sentence += StyledText(
                " Only \(NumberText.percent(report.keptShare)) of the traces fitted into memory and were looked at.",
                .warning)
        }
        return sentence
    }

    private static func counts(_ findings: [Finding]) -> String {
        let parts = Finding.Severity.allCases.reversed().compactMap { severity -> String? in
            let count = findings.lazy.filter { $0.severity == severity }.count
            return count == 0 ? nil : "\(count) \(severity.rawValue)"
        }
        return NumberText.counted(findings.count, "finding") + " (" + parts.joined(separator: ", ") + ")"
    }

    private static func title(_ finding: Finding) -> StyledText {
        let style: TextStyle =
            switch finding.severity {
            case .high: .error
            case .medium: .warning
            case .low: .plain
            }
        let doubt = finding.confidence == .possible ? StyledText(" possible", .muted) : StyledText()
        return "\(finding.severity.rawValue, style)\(doubt) \(finding.rule, .strong) at \(finding.place, .accent)"
    }

    private func lines(_ finding: Finding) -> [StyledText] {
        let rule = Audit.rules.first { $0.name == finding.rule }
        var lines = [StyledText(finding.summary)]
        if let cost = Self.cost(finding.cost) { lines.append("\("cost:", .muted) \(cost)") }
        lines.append("\(finding.confidence.rawValue + ":", .muted) \(finding.reason)")
        if let rule {
            lines.append("\("wrong if:", .muted) \(rule.refutation)")
            lines.append("\("do:", .muted) \(rule.advice)")
        }
        lines += finding.evidence.prefix(1).map { evidence in
            let note = evidence.note.isEmpty ? StyledText() : StyledText(" (\(evidence.note))", .muted)
            let more = finding.evidence.count > 1 ? " and \(finding.evidence.count - 1) more with --json" : ""
            return "\("see:", .muted) clew trace \(evidence.trace.hex, .accent)\(sourceFlags)\(note)\(more, .muted)"
        }
        return lines
    }

    /// What the matter cost, in words; `nil` where nothing is known.
    private static func cost(_ cost: Finding.Cost) -> String? {
        let time = cost.nanoseconds == 0 ? nil : "\(DurationText.format(cost.nanoseconds)) of waiting in this window"
        let errors = cost.errors == 0 ? nil : "\(NumberText.count(cost.errors)) failed or in vain"
        let parts = [time, errors].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private static func silenced(_ silenced: AuditReport.Silenced) -> StyledText {
        "\(silenced.finding.rule, .strong) at \(silenced.finding.place, .accent): \(silenced.reason)"
    }
}
