public import ClewAnalysis
import ClewModel

/// A slow report as somebody on call wants it: the verdict, then the hops, then traces to look at.
public struct SlowPanel: Panel {
    public var report: SlowReport
    /// Hops shown at most; how many more there are is stated.
    public var limit: Int

    public init(_ report: SlowReport, limit: Int = 10) {
        self.report = report
        self.limit = max(limit, 1)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        let verdict = SlowVerdict(report)
        var blocks: [Block] = [.paragraph(verdict.sentence)]
        if !verdict.explanations.isEmpty { blocks.append(.list(verdict.explanations)) }
        guard report.traceCount > 0, !report.hops.isEmpty else { return blocks }
        blocks.append(.paragraph(overview))
        blocks.append(.table(table))
        if report.hops.count > limit {
            let rest = NumberText.counted(report.hops.count - limit, "more hop")
            blocks.append(.paragraph(StyledText("… \(rest) with smaller changes.", .muted)))
        }
        if !examples.isEmpty { blocks.append(.list(examples)) }
        return blocks
    }

    /// The verdict alone: one sentence that names the hop, its time, its share and how many traces.
    public static func verdict(_ report: SlowReport) -> StyledText { SlowVerdict(report).sentence }

    private var overview: StyledText {
        let names = report.comparison == .tail ? ("slow", "typical") : ("now", "baseline")
        let slow: StyledText = "\(names.0) \(NumberText.duration(report.slow.meanDuration), .strong)"
        let typical: StyledText = "\(names.1) \(NumberText.duration(report.typical.meanDuration), .strong)"
        let quantiles: StyledText =
            "all p50 \(DurationText.format(report.durations.p50)), p95 \(DurationText.format(report.durations.p95)), "
            + "p99 \(DurationText.format(report.durations.p99))"
        let failed = report.errorCount == 0 ? nil : StyledText("\(NumberText.count(report.errorCount)) failed", .error)
        return [slow, typical, quantiles, failed].compactMap(\.self).joined(separator: " · ")
    }

    private var table: Table {
        let isTail = report.comparison == .tail
        return Table(
            columns: [
                Table.Column(""),
                Table.Column("hop", minimumWidth: 14),
                Table.Column("operation", minimumWidth: 12),
                Table.Column(isTail ? "typical" : "baseline", .right),
                Table.Column(isTail ? "slow" : "now", .right),
                Table.Column("change", .right),
                Table.Column("share", .right),
                Table.Column("calls", .right, dropOrder: 2),
                Table.Column("traces", .right, dropOrder: 1),
            ],
            rows: report.hops.prefix(limit).map(row)
        )
    }

    private func row(_ hop: SlowReport.HopShare) -> [StyledText] {
        let isCulprit = hop.hop == report.culprit?.hop
        let style: TextStyle = isCulprit ? .critical : .plain
        let calls =
            NumberText.decimal(hop.typicalCalls) == NumberText.decimal(hop.slowCalls)
            ? NumberText.decimal(hop.slowCalls)
            : "\(NumberText.decimal(hop.typicalCalls))→\(NumberText.decimal(hop.slowCalls))"
        return [
            StyledText(isCulprit ? "▶" : "", .critical),
            HopText.place(hop.hop),
            StyledText(hop.hop.operation, style),
            StyledText(NumberText.duration(hop.typicalMean), .muted),
            StyledText(NumberText.duration(hop.slowMean)),
            StyledText(NumberText.change(hop.change), style),
            StyledText(NumberText.percent(hop.shareOfDifference), style),
            StyledText(calls, .muted),
            StyledText(NumberText.count(hop.slowTraces), .muted),
        ]
    }

    /// Commands to paste.
    private var examples: [StyledText] {
        (report.culprit?.examples ?? []).prefix(3).enumerated().map { index, trace in
            StyledText(index == 0 ? "look at  " : "         ", .muted) + "clew trace \(trace.hex, .accent)"
        }
    }
}
