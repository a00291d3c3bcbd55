public import ClewAnalysis
import ClewModel
public import ClewStore

extension QueryEngine {
    /// How far a trace may reach beyond the window in which its root starts. What lies further off is missing from the
    /// trace; a wider margin would make every question read more.
    private static let margin: UInt64 = 60 * .nanosecondsPerSecond

    /// What makes each route slow, the greatest impact first.
    public func slow(_ question: SlowQuestion) async throws(StoreError) -> Sampled<[SlowReport]> {
        try await slots.run { () async throws(StoreError) in try await answer(question) }
    }

    private func answer(_ question: SlowQuestion) async throws(StoreError) -> Sampled<[SlowReport]> {
        var (window, sampling) = try await analysis(question.window, question)
        var baseline: SlowAnalysis?
        if let range = question.baseline {
            let (analysis, more) = try await self.analysis(range, question)
            baseline = analysis
            sampling.spansRead += more.spansRead
            sampling.spansDropped += more.spansDropped
            sampling.keptShare = min(sampling.keptShare, more.keptShare)
        }
        let reports = window.reports(against: baseline).filter { report in
            (question.service.map { $0 == report.service } ?? true)
                && (question.operation.map { $0 == report.operation } ?? true)
        }
        return Sampled(Array(reports.prefix(question.limit)), sampling)
    }

    private func analysis(
        _ window: Range<UnixNanoseconds>, _ question: SlowQuestion
    ) async throws(StoreError) -> (SlowAnalysis, Sampling) {
        let traces = try await traces(
            SpanQuery(time: Self.reach(window), traceIDs: try await traceIDs(window, question)))
        var analysis = SlowAnalysis(from: window.lowerBound, to: window.upperBound)
        for spans in traces.value {
            let trace = Trace(spans: spans)
            guard let root = trace.root, window.contains(trace.spans[root].start) else { continue }
            analysis.add(trace)
        }
        return (analysis, traces.sampling)
    }

    /// The times that the spans of a window's traces are looked for in.
    static func reach(_ window: Range<UnixNanoseconds>) -> Range<UnixNanoseconds> {
        let start = window.lowerBound > margin ? window.lowerBound - margin : 0
        let (end, overflowed) = window.upperBound.addingReportingOverflow(margin)
        return start..<(overflowed ? .max : end)
    }

    /// The traces of the routes that were asked for; `nil` where all are.
    func traceIDs(
        _ window: Range<UnixNanoseconds>, _ question: SlowQuestion
    ) async throws(StoreError) -> Set<TraceID>? {
        guard question.service != nil || question.operation != nil else { return nil }
        var ids: Set<TraceID> = []
        let roots = SpanQuery(
            time: window, service: question.service, operation: question.operation, rootsOnly: true)
        try await store.summaries(roots) { span in
            ids.insert(span.traceID)
            return ids.count < maximumSpans && !Task.isCancelled
        }
        return ids
    }
}
