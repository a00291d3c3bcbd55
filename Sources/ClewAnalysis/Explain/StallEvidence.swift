/// Rare long stalls in whatever a service does: pauses of its runtime, a throttled processor, a cold start.
///
/// They hardly move the mean of a hop, but show in all of a service's hops together: executions that take several times
/// what the slowest hundredth took before. How many they are and how long both count.
struct StallEvidence {
    private let pair: ExplainPair
    /// Nanoseconds; a hundredth of the median request.
    private let floor: UInt64

    init(_ pair: ExplainPair) {
        self.pair = pair
        floor = 1 + pair.before.roots.quantile(0.5) / 100
    }

    /// What is longer than this many times the slowest hundredth is a stall.
    private static let factor: UInt64 = 4

    private static let littleLoss = 0.01

    private struct Count {
        var all = 0
        var stalls = 0
        /// Of the stalls, the sum of the logarithms of how many times the bound they took.
        var excess = 0.0

        mutating func add(_ durations: DurationHistogram, bound: UInt64) {
            durations.forEach { duration, times in
                all += times
                guard duration > bound else { return }
                stalls += times
                excess += Double(times) * Math.log(Double(duration) / Double(bound))
            }
        }
    }

    private struct Comparison {
        var before = Count()
        var now = Count()
        var worst: Hop?
        var worstExcess = 0.0
    }

    func charges() -> [Charge] {
        var services: [String: Comparison] = [:]
        for (hop, now) in pair.now.hops.sorted(by: { $0.key.precedes($1.key) })
        where hop.kind != .external && hop.kind != .messaging {
            // Who stands still takes no requests: their callers wait on the way.
            let service = hop.kind == .network ? hop.target : hop.service
            guard let before = pair.before.hops[hop], before.durations.count >= ExplainPair.minimumExecutions,
                // A call whose span was lost looks like a stall of its caller.
                pair.loss < Self.littleLoss || before.callsNothing && now.callsNothing
            else { continue }
            let bound = (before.durations.quantile(0.99).saturatingAdd(floor)).multipliedReportingOverflow(
                by: Self.factor)
            guard !bound.overflow else { continue }
            var comparison = services[service] ?? Comparison()
            let excess = comparison.now.excess
            for (shape, durations) in now.shapes.sorted(by: { $0.key < $1.key }) {
                guard let earlier = before.shapes[shape] else { continue }
                comparison.before.add(earlier, bound: bound.partialValue)
                comparison.now.add(durations, bound: bound.partialValue)
            }
            let share = comparison.now.excess - excess
            if share > comparison.worstExcess {
                (comparison.worst, comparison.worstExcess) = (hop, share)
            }
            services[service] = comparison
        }
        return judge(services)
    }

    private func judge(_ services: [String: Comparison]) -> [Charge] {
        let effects = services.mapValues { comparison in
            Effect(
                before: Effect.Share(comparison.before.stalls, of: comparison.before.all),
                now: Effect.Share(comparison.now.stalls, of: comparison.now.all))
        }
        let drift = Drift(ofShares: effects.values.map(\.difference))
        return services.compactMap { service, comparison in
            guard let effect = effects[service], let hop = comparison.worst, comparison.now.stalls > 0 else {
                return nil
            }
            let weight = effect.shrunk(drift: drift) * (1 + comparison.now.excess / Double(comparison.now.stalls))
            guard weight > 0 else { return nil }
            return Charge(
                service: service,
                evidence: Suspect.Evidence(
                    kind: .stalls, service: hop.service, operation: hop.operation, peer: hop.target, pattern: "",
                    before: Effect.Share(comparison.before.stalls, of: comparison.before.all).value,
                    now: Effect.Share(comparison.now.stalls, of: comparison.now.all).value,
                    beforeCount: comparison.before.all, nowCount: comparison.now.all,
                    effect: weight, interval: effect.interval, examples: pair.now.hops[hop]?.examples.list ?? []),
                place: .hop(hop))
        }
    }
}
