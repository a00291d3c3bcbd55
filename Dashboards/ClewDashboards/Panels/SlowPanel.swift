public import ClewAnalysis
import ClewModel

/// A slow report as somebody on call wants it: the verdict, then the hops, then traces to look at.
public struct SlowPanel: Panel {
    public var report: SlowReport
    /// Hops shown at most; the others are summed up in one row.
    public var limit: Int
    /// Flags that the commands to paste end in, with a space before them.
    public var sourceFlags: String

    public init(_ report: SlowReport, limit: Int = 10, sourceFlags: String = "") {
        self.report = report
        self.sourceFlags = sourceFlags
        self.limit = max(limit, 1)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        let verdict = SlowVerdict(report)
        var blocks: [Block] = [.paragraph(verdict.sentence)]
        if !verdict.explanations.isEmpty { blocks.append(.list(verdict.explanations)) }
        guard report.traceCount > 0, !report.hops.isEmpty else { return blocks }
        // A lone trace has no columns to compare: its waterfall says all there is.
        if !verdict.isAlone {
            blocks.append(.paragraph(overview))
            blocks.append(.table(table))
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
                Table.Column("hop", minimumWidth: 22),
                Table.Column("operation", minimumWidth: 16, dropOrder: 3),
                Table.Column(isTail ? "typical" : "baseline", .right, dropOrder: 2),
                Table.Column(isTail ? "slow" : "now", .right, dropOrder: 1),
                Table.Column("change", .right),
                Table.Column("share", .right),
                Table.Column("calls", .right, dropOrder: 5),
                Table.Column("traces", .right, dropOrder: 4),
            ],
            rows: shown.map(row) + others + [total]
        )
    }

    /// A hop whose change is a smaller share of the difference goes to the others.
    private static let notable = 0.01

    /// The hops are in order of their change, so that those which got faster come last.
    private var shown: [SlowReport.HopShare] {
        let notable = report.hops.filter { abs($0.shareOfDifference) >= Self.notable }
        return Array((notable.isEmpty ? report.hops : notable).prefix(limit))
    }

    /// One row for the hops that are not shown, so that the column still adds up.
    private var others: [[StyledText]] {
        let count = report.hops.count - shown.count
        guard count > 0 else { return [] }
        func rest(_ value: (SlowReport.HopShare) -> Double) -> Double {
            report.hops.reduce(0) { $0 + value($1) } - shown.reduce(0) { $0 + value($1) }
        }
        return [
            sums(NumberText.counted(count, "other"), rest(\.typicalMean), rest(\.slowMean), rest(\.shareOfDifference))
        ]
    }

    private var total: [StyledText] {
        let share = report.hops.reduce(0) { $0 + $1.shareOfDifference }
        return sums("all", report.typical.meanDuration, report.slow.meanDuration, share)
    }

    private func sums(_ name: String, _ typical: Double, _ slow: Double, _ share: Double) -> [StyledText] {
        [
            StyledText(), StyledText(name, .muted), StyledText(), StyledText(NumberText.duration(typical), .muted),
            StyledText(NumberText.duration(slow), .muted), StyledText(NumberText.change(slow - typical), .muted),
            StyledText(NumberText.percent((share * 1000).rounded() / 1000), .muted),
        ]
    }

    private func row(_ hop: SlowReport.HopShare) -> [StyledText] {
        let isCulprit = hop.hop == SlowVerdict(report).culprit?.hop
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
        let verdict = SlowVerdict(report)
        let traces = verdict.isAlone ? report.hops.first { !$0.examples.isEmpty }?.examples : verdict.culprit?.examples
        return (traces ?? []).prefix(3).map { trace in
            StyledText("example: ", .muted) + "clew trace \(trace.hex, .accent)\(sourceFlags)"
        }
    }
}
