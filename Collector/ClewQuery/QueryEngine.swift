public import ClewAnalysis
public import ClewModel
public import ClewStore

/// Asks a store for summaries of spans and hands them to the analysis, within a bound on memory.
///
/// Reads only summaries, never whole spans.
public struct QueryEngine: Sendable {
    let store: any TelemetryStore
    let maximumSpans: Int
    /// Two, as the machine that the daemon is made for has two cores.
    let slots = AnalysisSlots(2)

    /// - Parameter maximumSpans: Spans held at a time by one analysis that needs whole traces, of which two run at a time;
    ///   past it whole traces are sampled and the result says so.
    public init(store: any TelemetryStore, maximumSpans: Int = 500_000) {
        self.store = store
        self.maximumSpans = maximumSpans
    }

    /// Rate, errors and durations of the entries in a window.
    ///
    /// Counts every span: memory grows with services, operations and steps only, each of which is bounded.
    ///
    /// - Parameters:
    ///   - service: Only this one; `nil` for all.
    ///   - step: Nanoseconds per point; `nil` for a sixtieth of the window.
    public func red(
        _ window: Range<UnixNanoseconds>, service: String? = nil, step: UInt64? = nil
    ) async throws(StoreError) -> REDReport {
        let step = step ?? max(1, (window.upperBound - window.lowerBound) / 60)
        return try await slots.run { () async throws(StoreError) in
            var builder = REDBuilder(from: window.lowerBound, to: window.upperBound, step: step)
            try await store.summaries(SpanQuery(time: window, service: service, kinds: [.server, .consumer])) { span in
                builder.add(span)
                return true
            }
            return builder.finish()
        }
    }

    /// Which services call which in a window.
    public func map(_ window: Range<UnixNanoseconds>) async throws(StoreError) -> Sampled<ServiceMap> {
        try await slots.run { () async throws(StoreError) in
            let traces = try await traces(SpanQuery(time: window))
            var builder = ServiceMapBuilder()
            for spans in traces.value { builder.add(Trace(spans: spans)) }
            return Sampled(builder.finish(), traces.sampling)
        }
    }

    /// The services that sent spans in a window, by name.
    public func services(_ window: Range<UnixNanoseconds>) async throws(StoreError) -> [ServiceSummary] {
        var builder = REDBuilder(from: window.lowerBound, to: window.upperBound, step: 0)
        var services: [String: ServiceSummary] = [:]
        try await store.summaries(SpanQuery(time: window)) { span in
            builder.add(span)
            if services[span.service] == nil, services.count < Self.maximumServices {
                services[span.service] = ServiceSummary(name: span.service)
            }
            return true
        }
        for row in builder.finish().rows {
            var service = services[row.service] ?? ServiceSummary(name: row.service)
            if row.operation.isEmpty {
                (service.calls, service.errors) = (row.count, row.errors)
            } else {
                service.operations.append(row.operation)
            }
            services[row.service] = service
        }
        return services.values.sorted { $0.name < $1.name }
    }

    /// Services named in one answer; further ones are left out.
    static let maximumServices = 1000

    /// The traces of the spans that match, as far as they fit.
    func traces(_ query: SpanQuery) async throws(StoreError) -> Sampled<[[SpanSummary]]> {
        var grouper = TraceGrouper<SpanSummary>(maximumSpans: maximumSpans)
        var read = 0
        try await store.summaries(query) { span in
            grouper.add(span)
            read += 1
            return true
        }
        let traces = grouper.finish()
        return Sampled(
            traces, Sampling(spansRead: read, spansDropped: grouper.droppedSpans, keptShare: grouper.keptShare))
    }
}
