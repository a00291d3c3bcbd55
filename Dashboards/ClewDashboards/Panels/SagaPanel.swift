public import ClewAnalysis
import ClewModel

/// Sagas by name and outcome, then those that have no end, the most urgent first.
public struct SagaPanel: Panel {
    public var report: SagaReport
    /// Sagas without an end shown at most; the others are counted.
    public var limit: Int
    /// Flags that the commands to paste end in, with a space before them.
    public var sourceFlags: String

    public init(_ report: SagaReport, limit: Int = 20, sourceFlags: String = "") {
        self.report = report
        self.limit = max(limit, 1)
        self.sourceFlags = sourceFlags
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard !report.rows.isEmpty else { return [.paragraph(StyledText("No sagas in this time.", .muted))] }
        var blocks: [Block] = [.paragraph(sentence), .table(names)]
        if !report.unfinished.isEmpty { blocks.append(.table(unfinished)) }
        blocks.append(.list(footnotes))
        return blocks
    }

    // MARK: - The answer

    /// `2 of 420 sagas are stuck and 1 is parked; 12 were compensated.`
    private var sentence: StyledText {
        let all = sum(\.count)
        let (stuck, parked) = (sum(\.stuck), sum(\.parked))
        let total = NumberText.counted(all, "saga")
        var parts: [StyledText] = []
        if stuck > 0 { parts.append("\(NumberText.count(stuck), .error) \(Self.be(stuck)) \("stuck", .error)") }
        if parked > 0 { parts.append("\(NumberText.count(parked), .error) \(Self.be(parked)) \("parked", .error)") }
        let trouble: StyledText =
            parts.isEmpty
            ? "None of \(total) is stuck or parked" : "Of \(total) " + parts.joined(separator: " and ")
        return trouble + "; \(NumberText.count(sum(\.completed)), .strong) completed, "
            + "\(NumberText.count(sum(\.compensated)), .strong) compensated, "
            + "\(NumberText.count(sum(\.running) - stuck), .strong) running."
    }

    private static func be(_ count: Int) -> String { count == 1 ? "is" : "are" }

    private func sum(_ value: (SagaReport.Row) -> Int) -> Int { report.rows.reduce(0) { $0 + value($1) } }

    // MARK: - Tables

    private var names: Table {
        Table(
            columns: [
                Table.Column("saga", minimumWidth: 8), Table.Column("completed", .right),
                Table.Column("compensated", .right), Table.Column("running", .right, dropOrder: 1),
                Table.Column("stuck", .right), Table.Column("parked", .right), Table.Column("p50", .right),
                Table.Column("p95", .right), Table.Column("stuck after", .right, dropOrder: 2),
            ],
            rows: report.rows.map { row in
                [
                    StyledText(row.name, .accent),
                    StyledText(NumberText.count(row.completed)),
                    StyledText(NumberText.count(row.compensated)),
                    StyledText(NumberText.count(row.running)),
                    StyledText(NumberText.count(row.stuck), row.stuck > 0 ? .error : .muted),
                    StyledText(NumberText.count(row.parked), row.parked > 0 ? .error : .muted),
                    StyledText(DurationText.format(row.durations.p50)),
                    StyledText(DurationText.format(row.durations.p95)),
                    StyledText(DurationText.format(row.stuckAfter), .muted),
                ]
            })
    }

    private var unfinished: Table {
        Table(
            columns: [
                Table.Column("state"), Table.Column("saga", minimumWidth: 8, dropOrder: 2),
                Table.Column("id", minimumWidth: 8), Table.Column("age", .right),
                Table.Column("silent for", .right, dropOrder: 1), Table.Column("last step", minimumWidth: 6),
                Table.Column("began in trace", minimumWidth: 12, dropOrder: 3),
            ],
            rows: report.unfinished.prefix(limit).map { saga in
                [
                    Self.state(saga),
                    StyledText(saga.name, .accent),
                    StyledText(saga.id),
                    StyledText(DurationText.format(saga.age)),
                    StyledText(DurationText.format(saga.silence), .muted),
                    StyledText(saga.lastStep ?? "–"),
                    StyledText(saga.traceID.hex, .muted),
                ]
            })
    }

    private static func state(_ saga: SagaReport.Unfinished) -> StyledText {
        if saga.isStuck { return StyledText("stuck", .error) }
        return StyledText(saga.state.rawValue, saga.state == .parked ? .error : .plain)
    }

    private var footnotes: [StyledText] {
        var lines = report.unfinished.prefix(min(limit, Self.commandLimit)).map { saga in
            StyledText("look: ", .muted) + "clew journey \(saga.traceID.hex, .accent)\(sourceFlags)"
        }
        // The report itself lists only so many of them.
        let hidden = sum(\.running) + sum(\.parked) - min(report.unfinished.count, limit)
        if hidden > 0 {
            lines.append(StyledText("… \(NumberText.counted(hidden, "more saga")) without an end", .muted))
        }
        if report.droppedSpans > 0 {
            let spans = NumberText.counted(report.droppedSpans, "span")
            lines.append(StyledText("\(spans) of further sagas not counted: ask about a shorter time.", .warning))
        }
        lines.append(StyledText(TimeText.range(report.from, report.to), .muted))
        return lines
    }

    private static let commandLimit = 3
}
