extension SlowAnalysis {
    /// What makes a route slow; `nil` for a route without traces.
    ///
    /// Without a baseline the slow tail is compared with the typical traces of the same window; with one, all traces of
    /// the window with all of the baseline. A baseline that lacks the route is no baseline: the report then says
    /// ``SlowReport/Comparison/tail``. `TraceSelection` says which traces are slow and typical.
    public func report(for route: Route, against baseline: SlowAnalysis? = nil) -> SlowReport? {
        guard let sample = sample(of: route), !sample.traces.isEmpty else { return nil }
        let earlier = baseline?.sample(of: route).flatMap { $0.traces.isEmpty ? nil : $0 }
        let selection = TraceSelection(sample.traces, baseline: earlier?.traces)
        let slow = HopAverages(selection.slow, hops: hops)
        let typical = HopAverages(selection.typical, hops: earlier == nil ? hops : baseline?.hops ?? [])
        return SlowReport(
            service: route.service,
            operation: route.operation,
            comparison: earlier == nil ? .tail : .baseline,
            from: from,
            to: to,
            traceCount: sample.seen + (earlier?.seen ?? 0),
            errorCount: sample.errors,
            durations: Quantiles(exactly: sample.traces.map(\.duration)),
            slow: SlowReport.Group(count: selection.slow.count, meanDuration: slow.meanDuration),
            typical: SlowReport.Group(count: selection.typical.count, meanDuration: typical.meanDuration),
            difference: Int64(clampingRounded: slow.meanDuration - typical.meanDuration),
            hops: slow.shares(against: typical),
            incompleteTraces: incompleteTraces,
            unsampledTraces: sample.seen - sample.traces.count)
    }

    /// The reports of all routes, the greatest impact first: difference times slow traces, the time that users lost.
    public func reports(against baseline: SlowAnalysis? = nil) -> [SlowReport] {
        func impact(_ report: SlowReport) -> Double { Double(report.difference) * Double(report.slow.count) }
        // Routes are sorted and so settle equal impacts.
        return routes.compactMap { report(for: $0, against: baseline) }
            .enumerated()
            .sorted { (impact($1.element), $0.offset) < (impact($0.element), $1.offset) }
            .map(\.element)
    }
}

extension Int64 {
    fileprivate init(clampingRounded value: Double) {
        self = Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
    }
}
