import ClewModel

/// What got slower: each hop's own times before and now.
///
/// The way between two services belongs to neither. Where the caller's other calls are slower too, it is the caller's
/// doing; else the callee's.
struct LatencyEvidence {
    private let pair: ExplainPair
    /// Nanoseconds; a hundredth of the median request.
    private let floor: Double

    init(_ pair: ExplainPair) {
        self.pair = pair
        floor = 1 + 0.01 * Double(pair.before.roots.quantile(0.5))
    }

    private struct Comparison {
        var hop: Hop
        var effect: Effect
        var before: LogMoments
        var now: LogMoments

        var fewest: Double { min(before.count, now.count) }
    }

    func charges() -> [Charge] {
        let comparisons = compare()
        let drift = Drift(of: comparisons.filter { $0.fewest >= 4 }.map(\.effect.difference))
        var charges: [Charge] = []
        var ways: [Way: [(comparison: Comparison, effect: Double)]] = [:]
        for comparison in comparisons {
            let effect = comparison.effect.shrunk(drift: drift)
            if comparison.hop.kind == .network {
                let way = Way(caller: comparison.hop.service, callee: comparison.hop.target)
                ways[way, default: []].append((comparison, max(0, effect)))
            } else if effect > 0, comparison.fewest >= Double(ExplainPair.minimumExecutions) {
                charges.append(charge(comparison.hop.service, comparison, effect))
            }
        }
        return charges + blame(ways)
    }

    // MARK: - Comparing

    private func compare() -> [Comparison] {
        // In a fixed order: sums of floating-point numbers depend on it.
        let pairs = pair.now.hops.sorted { $0.key.precedes($1.key) }.compactMap {
            hop, now -> (hop: Hop, strata: LogStrata, isLeaf: Bool)? in
            guard let before = pair.before.hops[hop] else { return nil }
            let strata = LogStrata(before: before.shapes, now: now.shapes, floor: floor)
            guard strata.fewest >= Double(ExplainPair.minimumCalls) else { return nil }
            return (hop, strata, before.callsNothing && now.callsNothing)
        }
        // A variance of few executions is a guess: it is joined by four of a large usual variance.
        let prior = Drift.quantile(pairs.compactMap(\.strata.variance), 0.9)
        return pairs.map { hop, strata, isLeaf in
            var effect = strata.effect(priorVariance: prior)
            // The time of a call whose span was lost is taken for the caller's own.
            if hop.kind == .work, !isLeaf { effect.widen(by: 2 * pair.loss) }
            return Comparison(hop: hop, effect: effect, before: strata.before, now: strata.now)
        }
    }

    // MARK: - Whose way it is

    private func blame(_ ways: [Way: [(comparison: Comparison, effect: Double)]]) -> [Charge] {
        let effects = ways.mapValues { ways in
            let weights = ways.map { $0.comparison.fewest.squareRoot() }
            return zip(ways, weights).reduce(0) { $0 + $1.0.effect * $1.1 }
                / max(weights.reduce(0, +), .leastNonzeroMagnitude)
        }
        let byCaller = Dictionary(grouping: effects, by: \.key.caller).mapValues { Others($0.map(\.value)) }
        let byCallee = Dictionary(grouping: effects, by: \.key.callee).mapValues { Others($0.map(\.value)) }
        var charges: [Charge] = []
        for (way, comparisons) in ways {
            guard let effect = effects[way], effect > 0, let worst = comparisons.max(by: { $0.effect < $1.effect })
            else { continue }
            let share = calleesShare(
                effect, caller: byCaller[way.caller]?.median(without: effect),
                callee: byCallee[way.callee]?.median(without: effect))
            let callee = charge(way.callee, worst.comparison, effect * share)
            let caller = charge(way.caller, worst.comparison, effect * (1 - share))
            charges += [callee, caller].filter { $0.weight > 0 }
        }
        return charges
    }

    /// How much of a slower way is the callee's doing, 0...1, by how the caller's and the callee's other ways fare.
    private func calleesShare(_ effect: Double, caller: Double?, callee: Double?) -> Double {
        // Its only caller: the callee's is what exceeds the caller's other ways.
        guard let callee else { return max(0, effect - (caller ?? 0)) / effect }
        let both = callee + (caller ?? 0)
        return both > 0 ? callee / both : 0.5
    }

    /// The effects of ways that share an end.
    private struct Others {
        private let sorted: [Double]

        init(_ effects: [Double]) {
            sorted = effects.sorted()
        }

        /// `nil` where there is no other.
        func median(without effect: Double) -> Double? {
            guard sorted.count > 1 else { return nil }
            let middle = (sorted.count - 1) / 2
            return sorted[middle] < effect ? sorted[middle] : sorted[middle + 1]
        }
    }

    private func charge(_ service: String, _ comparison: Comparison, _ effect: Double) -> Charge {
        let hop = comparison.hop
        let kind: Suspect.Evidence.Kind =
            switch hop.kind {
            case .work: .ownTime
            case .database: .database
            case .network, .external, .messaging: .network
            }
        return Charge(
            service: service,
            evidence: Suspect.Evidence(
                kind: kind, service: hop.service, operation: hop.operation, peer: hop.target, pattern: "",
                before: Math.exp(comparison.before.mean) - floor, now: Math.exp(comparison.now.mean) - floor,
                beforeCount: Int(comparison.before.count), nowCount: Int(comparison.now.count),
                effect: effect, interval: comparison.effect.interval,
                examples: pair.now.hops[hop]?.examples.list ?? []),
            place: .hop(hop))
    }
}
