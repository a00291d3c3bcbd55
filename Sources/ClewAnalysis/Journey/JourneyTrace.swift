import ClewModel

/// A trace of a journey: its tree, and the span that each place of it was made from.
struct JourneyTrace {
    let trace: Trace
    /// In the order of ``Trace/spans``.
    let spans: [JourneySpan]
    let isFanIn: Bool

    /// - Parameter spans: Spans of one trace, in any order.
    init(_ spans: [Span]) {
        let trace = Trace(spans: spans.map { SpanSummary($0) })
        self.trace = trace
        self.spans = trace.spans.indices.map { JourneySpan(spans[trace.source(of: $0)]) }
        isFanIn = Self.isFanIn(spans)
    }

    /// Whether messages of several requests meet in a trace: in one span, or in several below one poll.
    static func isFanIn(_ spans: [Span]) -> Bool {
        var traces: Set<TraceID> = []
        for span in spans where !span.links.isEmpty && (span.kind == .consumer || span.kind == .client) {
            let span = JourneySpan(span)
            if span.isFanIn { return true }
            traces.formUnion(span.linkedTraces)
        }
        return traces.count > 1
    }

    /// Where the trace begins, on its root's clock.
    var start: UnixNanoseconds { trace.root.map { trace.start(of: $0) } ?? 0 }

    /// Which spans are a journey's own: all, but where requests meet those that link to one of its `traces`, with what
    /// is below them unless they hold several messages.
    func own(in traces: Set<TraceID>) -> [Bool] {
        guard isFanIn, !traces.isEmpty else { return Array(repeating: true, count: spans.count) }
        var own = Array(repeating: false, count: spans.count)
        let meeting = spans.map(\.isFanIn)
        // A parent comes before its children, so that it is settled.
        for index in spans.indices {
            let isBelowOwn = trace.parent(of: index).map { own[$0] && !meeting[$0] } ?? false
            own[index] = isBelowOwn || spans[index].linkCount(into: traces) > 0
        }
        return own
    }
}
