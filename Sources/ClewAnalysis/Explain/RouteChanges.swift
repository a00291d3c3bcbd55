/// How the routes' mean durations changed, and through which hops.
///
/// Own times along a critical path sum to its root's duration, so that the changes of all hops of a route sum to its own.
struct RouteChanges {
    private let reports: [SlowReport]

    init(_ pair: ExplainPair, service: String?, operation: String?) {
        reports = pair.now.slow.reports(against: pair.before.slow).filter { report in
            report.comparison == .baseline && (service.map { $0 == report.service } ?? true)
                && (operation.map { $0 == report.operation } ?? true)
        }
    }

    /// Those that lost most first.
    var largest: [Explanation.RouteChange] {
        reports.prefix(Explanation.maximumRoutes).map { report in
            let hops = report.hops.sorted { abs($0.change) > abs($1.change) }.prefix(Self.maximumHops)
            return Explanation.RouteChange(
                route: SlowAnalysis.Route(service: report.service, operation: report.operation),
                before: report.typical, now: report.slow,
                hops: hops.map { Explanation.HopChange(hop: $0.hop, before: $0.typicalMean, now: $0.slowMean) })
        }
    }

    private static let maximumHops = 10

    /// Nanoseconds a trace, over all routes.
    var total: Double { mean { Double($0.difference) } }

    /// What the hops that a service does or makes add to ``total``.
    func change(of service: String) -> Double {
        mean { report in report.hops.reduce(0) { $0 + ($1.hop.belongs(to: service) ? $1.change : 0) } }
    }

    private func mean(_ value: (SlowReport) -> Double) -> Double {
        let traces = reports.reduce(0) { $0 + $1.slow.count }
        return reports.reduce(0) { $0 + value($1) * Double($1.slow.count) } / Double(max(1, traces))
    }
}

extension Hop {
    /// Whether a service does it or is what it leads to.
    fileprivate func belongs(to service: String) -> Bool {
        self.service == service && kind != .network || kind == .network && target == service
    }
}
