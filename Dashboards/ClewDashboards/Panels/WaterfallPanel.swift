public import ClewAnalysis
public import ClewModel

/// One trace as a tree over time: who called whom, what the root waited for, what failed.
///
/// Repeated calls are folded and a long trace is cut to ``limit`` spans; both are stated where they happen.
public struct WaterfallPanel: Panel {
    public var trace: Trace
    /// Spans shown at most.
    public var limit: Int
    let notes: SpanNotes

    /// - Parameters:
    ///   - spans: The spans as they were sent, for the messages of errors; none for a waterfall without them.
    ///   - logs: Records to be shown below their spans.
    public init(_ trace: Trace, spans: [Span] = [], logs: [LogRecord] = [], limit: Int = 100) {
        self.trace = trace
        self.limit = max(limit, 1)
        notes = SpanNotes(spans: spans, logs: logs)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard let root = trace.root else {
            return [.paragraph(StyledText("The trace has no spans.", .muted))]
        }
        let path = CriticalPath(of: trace)
        let rows = WaterfallRows(trace, path, limit: limit)
        let drawing = WaterfallDrawing(trace, path, notes, width: options.width)
        let summary = WaterfallSummary(trace, path, root)
        let footnotes = summary.footnotes
        return [.list(summary.lines), .figure(drawing.lines(rows))]
            + (footnotes.isEmpty ? [] : [.list(footnotes)])
    }
}
