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
    ///
    /// - Parameter ways: Whose doing each way between two services is; else the callee's.
    func change(of service: String, ways: [Way: String]) -> Double {
        mean { report in
            report.hops.reduce(0) { sum, share in
                let hop = share.hop
                let way = Way(caller: hop.service, callee: hop.target)
                let owner = hop.kind == .network ? ways[way] ?? hop.target : hop.service
                return owner == service ? sum + share.change : sum
            }
        }
    }

    /// Whom the charges about each way speak against most.
    static func owners(of charges: [Charge]) -> [Way: String] {
        var strongest: [Way: Charge] = [:]
        for charge in charges {
            guard case .hop(let hop) = charge.place, hop.kind == .network else { continue }
            let way = Way(caller: hop.service, callee: hop.target)
            // Of equals it is the callee's.
            let known = strongest[way]?.weight ?? 0
            if charge.weight > known || (charge.weight == known && charge.service == way.callee) {
                strongest[way] = charge
            }
        }
        return strongest.mapValues(\.service)
    }

    private func mean(_ value: (SlowReport) -> Double) -> Double {
        let traces = reports.reduce(0) { $0 + $1.slow.count }
        return reports.reduce(0) { $0 + value($1) * Double($1.slow.count) } / Double(max(1, traces))
    }
}
