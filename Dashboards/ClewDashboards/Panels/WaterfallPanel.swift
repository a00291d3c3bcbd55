public import ClewAnalysis
public import ClewModel

/// One trace as a tree over time: who called whom, what the root waited for, what failed.
///
/// Repeated calls are folded and a long trace is cut to ``limit`` spans; both are stated where they happen. With a
/// comparison a sentence says why the trace took so long, and spans that took longer than usual are marked.
public struct WaterfallPanel: Panel {
    public var trace: Trace
    /// Spans shown at most.
    public var limit: Int
    /// The trace against others of its route; `nil` for a waterfall without marks.
    public var comparison: TraceComparison?
    let notes: SpanNotes

    /// - Parameters:
    ///   - spans: The spans as they were sent, for the messages of errors; none for a waterfall without them.
    ///   - logs: Records to be shown below their spans.
    ///   - comparison: Of this trace.
    public init(
        _ trace: Trace, spans: [Span] = [], logs: [LogRecord] = [], limit: Int = 100,
        comparison: TraceComparison? = nil
    ) {
        self.trace = trace
        self.limit = max(limit, 1)
        self.comparison = comparison
        notes = SpanNotes(spans: spans, logs: logs)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard let root = trace.root else {
            return [.paragraph(StyledText("The trace has no spans.", .muted))]
        }
        let path = CriticalPath(of: trace)
        let rows = WaterfallRows(trace, path, limit: limit)
        // That of another trace would speak of spans that are not there.
        let comparison = comparison.flatMap { $0.ranks.count == trace.count ? $0 : nil }
        let drawing = WaterfallDrawing(trace, path, notes, rows, comparison, width: options.width)
        let summary = WaterfallSummary(trace, path, root)
        let text = comparison.map { ComparisonText($0, trace, root, notes) }
        let footnotes = summary.footnotes + (text?.footnotes(hasMarks: drawing.hasMarks) ?? [])
        var blocks: [Block] = [.list(summary.lines)]
        if let text { blocks.append(.paragraph(text.sentence.readable)) }
        blocks.append(.figure(drawing.lines))
        if !footnotes.isEmpty { blocks.append(.list(footnotes)) }
        return blocks
    }
}
