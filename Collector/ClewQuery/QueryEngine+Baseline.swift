public import ClewAnalysis
public import ClewModel
public import ClewStore

/// What is usual for one trace.
extension QueryEngine {
    /// Traces that a baseline is made of: their p99 has twenty above it. More would cost time that nobody waits for.
    static let maximumBaselineTraces = 2000
    /// Operations by which a trace of a rare route is compared all the same.
    private static let maximumEntries = 20

    /// How a trace's operations usually behave: in the traces of its route that began within `window` nanoseconds
    /// before it, and where there are too few of them, also in those of other routes that enter services as it does.
    ///
    /// Past ``maximumBaselineTraces``, and past the bound on spans, a sample of the traces stands for all.
    ///
    /// - Returns: `nil` for a trace of which no span is stored.
    public func baseline(
        of id: TraceID, window: UInt64 = OperationBaseline.defaultWindow
    ) async throws(StoreError) -> OperationBaseline? {
        try await slots.run { () async throws(StoreError) -> OperationBaseline? in
            let spans = try await store.trace(id)
            let trace = Trace(spans: spans.map { SpanSummary($0) })
            guard let root = trace.root else { return nil }
            let start = trace.spans[root].start
            return try await baseline(of: trace, root, start - min(window, start)..<start)
        }
    }

    private func baseline(
        of trace: Trace, _ root: Int, _ window: Range<UnixNanoseconds>
    ) async throws(StoreError) -> OperationBaseline {
        var found = try await traces(like: trace.spans[root], window, rootsOnly: trace.isComplete)
        if found.count < OperationBaseline.minimumSamples {
            for entry in Self.entries(of: trace) where found.count < maximumSpans {
                found.formUnion(try await traces(like: entry, window, rootsOnly: false))
            }
        }
        found.remove(trace.spans[root].traceID)
        var builder = OperationBaselineBuilder(of: trace)
        guard !found.isEmpty else { return builder.finish() }
        // Ids need not be random in each bit, but their hashes are: the least are a fair sample.
        let chosen = found.sorted { ($0.hash, $0) < ($1.hash, $1) }.prefix(Self.maximumBaselineTraces)
        let read = try await traces(SpanQuery(time: Self.reach(window), traceIDs: Set(chosen)))
        for spans in read.value {
            let other = Trace(spans: spans)
            guard let root = other.root, window.contains(other.spans[root].start) else { continue }
            builder.add(other)
        }
        return builder.finish(keptShare: Double(chosen.count) / Double(found.count) * read.sampling.keptShare)
    }

    /// The traces with a span of the same operation as this one.
    private func traces(
        like span: SpanSummary, _ window: Range<UnixNanoseconds>, rootsOnly: Bool
    ) async throws(StoreError) -> Set<TraceID> {
        var ids: Set<TraceID> = []
        let query = SpanQuery(
            time: window, service: span.service, operation: span.name, kinds: [span.kind], rootsOnly: rootsOnly)
        try await store.summaries(query) { other in
            ids.insert(other.traceID)
            return ids.count < maximumSpans
        }
        return ids
    }

    /// The spans by which the request entered services, one for each operation.
    private static func entries(of trace: Trace) -> [SpanSummary] {
        var seen: Set<OperationBaseline.Operation> = []
        var entries: [SpanSummary] = []
        for index in trace.spans.indices where trace.spans[index].isEntry {
            guard entries.count < maximumEntries else { break }
            guard seen.insert(OperationBaseline.Operation(of: index, in: trace)).inserted else { continue }
            entries.append(trace.spans[index])
        }
        return entries
    }
}
