public import ClewAnalysis
import ClewModel

/// What changed and who is to blame: the verdict, the suspects, the evidence against the first, where each route's
/// milliseconds went, traces to look at, and what all this was taken from.
public struct ExplainPanel: Panel {
    public var explanation: Explanation
    /// Suspects shown at most; the others are counted.
    public var limit: Int
    /// Flags that the commands to paste end in, with a space before them.
    public var sourceFlags: String

    public init(_ explanation: Explanation, limit: Int = 3, sourceFlags: String = "") {
        self.explanation = explanation
        self.limit = max(limit, 1)
        self.sourceFlags = sourceFlags
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        var blocks: [Block] = [.paragraph(Self.verdict(explanation).readable)]
        if !explanation.suspects.isEmpty {
            if explanation.cause == nil { blocks.append(.heading("strongest hints, none beyond chance")) }
            blocks.append(.table(suspects))
        }
        let rest = explanation.suspects.count - limit
        if rest > 0 {
            blocks.append(.list([StyledText("… \(NumberText.counted(rest, "more suspect")) with --limit", .muted)]))
        }
        if let first = explanation.cause, !first.evidence.isEmpty {
            blocks += [.heading("evidence against \(first.service)"), .list(evidence(first).map(\.readable))]
        }
        for route in routes.prefix(Self.routeLimit) {
            blocks += [.heading(route.title.readable), .table(route.table)]
        }
        if !commands.isEmpty { blocks.append(.list(commands)) }
        blocks.append(.list(ExplainFootnotes(explanation).lines))
        return blocks
    }

    /// The verdict alone: one sentence that names the service, what changed, by how much and how sure that is.
    public static func verdict(_ explanation: Explanation) -> StyledText { ExplainVerdict(explanation).sentence }

    // MARK: - Suspects

    private var suspects: Table {
        let isTail = explanation.comparison == .tail
        return Table(
            columns: [
                Table.Column("", .right), Table.Column("service", minimumWidth: 10),
                Table.Column("what changed", minimumWidth: 20),
                Table.Column(isTail ? "typical" : "before", .right, dropOrder: 3),
                Table.Column(isTail ? "slow" : "now", .right, dropOrder: 2),
                Table.Column("change", .right), Table.Column("share", .right, dropOrder: 1), Table.Column("how sure"),
            ],
            rows: explanation.suspects.prefix(limit).enumerated().map { row($0.element, rank: $0.offset + 1) })
    }

    private func row(_ suspect: Suspect, rank: Int) -> [StyledText] {
        let text = suspect.evidence.first.map { EvidenceText($0) }
        let style: TextStyle = suspect.service == explanation.cause?.service ? .critical : .plain
        return [
            StyledText("\(rank)", .muted), StyledText(suspect.service, style),
            text?.place(of: suspect.service) ?? StyledText(), StyledText(text?.before ?? "", .muted),
            StyledText(text?.now ?? ""), StyledText(NumberText.change(suspect.change), style),
            StyledText(suspect.shareOfChange.map { NumberText.percent(($0 * 1000).rounded() / 1000) } ?? ""),
            StyledText(ExplainVerdict.sureness(suspect.confidence), suspect.isLikely ? .strong : .muted),
        ]
    }

    // MARK: - Evidence

    private func evidence(_ suspect: Suspect) -> [StyledText] {
        var lines: [StyledText] = []
        for evidence in suspect.evidence {
            lines.append(EvidenceText(evidence).sentence)
            guard StyledText(evidence.pattern).width > EvidenceText.patternWidth else { continue }
            lines.append("\("in full:", .muted) \(evidence.pattern)")
        }
        if !suspect.only.isEmpty {
            let places = suspect.only.map { StyledText($0, .strong) }.joined(separator: " and ")
            lines.append("Only where " + places + ": the others are as before.")
        }
        return lines
    }

    // MARK: - Routes and traces

    private static let routeLimit = 3

    private var routes: [ExplainRoute] {
        explanation.routes.map { ExplainRoute($0, isTail: explanation.comparison == .tail) }.filter(\.isNotable)
    }

    /// Commands to paste: traces that show the strongest evidence.
    private var commands: [StyledText] {
        guard let suspect = explanation.cause else { return [] }
        var seen: Set<TraceID> = []
        let traces = suspect.evidence.flatMap(\.examples).map(\.trace).filter { seen.insert($0).inserted }
        let logs = suspect.evidence.first?.pattern.isEmpty == false ? " --logs" : ""
        return traces.prefix(3).map { trace in
            StyledText("example: ", .muted) + "clew trace \(trace.hex, .accent)\(logs)\(sourceFlags)"
        }
    }
}
