public import ClewAnalysis
import ClewModel
public import ClewStore

extension QueryEngine {
    /// Where each route spends its time, the route with most traces first.
    public func profile(_ question: ProfileQuestion) async throws(StoreError) -> Sampled<[CallProfile]> {
        try await slots.run { () async throws(StoreError) in
            let window = question.window
            let time = Self.reach(window)
            let route = SlowQuestion(window: window, service: question.service, operation: question.operation)
            let ids = try await traceIDs(window, route)
            let found = try await traces(SpanQuery(time: time, traceIDs: ids))
            let groups = try await groups(question.grouping, of: found.value, in: time)
            var builder = CallProfileBuilder(
                from: window.lowerBound, to: window.upperBound, service: question.service,
                operation: question.operation)
            for spans in found.value {
                let trace = Trace(spans: spans)
                guard let root = trace.root, window.contains(trace.spans[root].start) else { continue }
                let group = groups?.group(of: trace.spans[root].traceID)
                // Values were named, and the trace has none of them.
                if groups != nil, group == nil { continue }
                builder.add(trace, group: group)
            }
            let profiles = builder.finish().map { profile in
                var profile = profile
                profile.keptShare = found.sampling.keptShare
                return profile
            }
            return Sampled(profiles, found.sampling)
        }
    }

    /// Reads the spans once more, those that have the attribute: summaries do not hold it.
    private func groups(
        _ grouping: TraceGrouping?, of traces: [[SpanSummary]], in time: Range<UnixNanoseconds>
    ) async throws(StoreError) -> TraceGroups? {
        guard let grouping else { return nil }
        var groups = TraceGroups(grouping)
        let ids = Set(traces.lazy.compactMap(\.first?.traceID))
        let query = SpanQuery(time: time, traceIDs: ids, attributes: [AttributeCondition(grouping.key)])
        try await store.spans(query) { span in
            groups.add(span)
            return true
        }
        return groups
    }
}
