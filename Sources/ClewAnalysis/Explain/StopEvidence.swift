/// Work that used to follow and does not: operations that end after a call more often than they did.
///
/// A service that returns early, or whose answer makes its caller give up, shows itself by what is missing afterwards.
/// What was called last decides: the callee where it was another service, else the operation's own service. Where what
/// was called last ends early itself, that is the earlier deviation, and the caller only follows.
struct StopEvidence {
    private let pair: ExplainPair

    init(_ pair: ExplainPair) {
        self.pair = pair
    }

    private struct Comparison {
        var stop: Stop
        var effect: Effect
        var before: StopStatistics
        var now: StopStatistics
        var weight = 0.0
    }

    func charges() -> [Charge] {
        var comparisons: [Comparison] = []
        for (stop, now) in pair.now.stops {
            guard let before = pair.before.stops[stop], min(before.count, now.count) >= ExplainPair.minimumExecutions
            else { continue }
            let effect = Effect(before: expected(before), now: Effect.Share(now.stops, of: now.count))
            comparisons.append(Comparison(stop: stop, effect: effect, before: before, now: now))
        }
        var drift = Drift(ofShares: comparisons.map(\.effect.difference))
        // Lost spans make stops of any operation, more of some than of others.
        drift.spread += pair.loss
        comparisons = comparisons.compactMap { comparison in
            var comparison = comparison
            comparison.weight = comparison.effect.shrunk(drift: drift)
            return comparison.weight > 0 && pair.doesLess(comparison.stop.operation) ? comparison : nil
        }
        var strongest: [Operation: Double] = [:]
        for comparison in comparisons {
            strongest[comparison.stop.operation] = max(strongest[comparison.stop.operation] ?? 0, comparison.weight)
        }
        return comparisons.compactMap { charge($0, strongest) }
    }

    /// How often it would end here if spans had been lost as often as now: what follows may be missing for that alone.
    private func expected(_ before: StopStatistics) -> Effect.Share {
        let lost = max(0, pair.now.loss - pair.before.loss)
        let share = Effect.Share(before.stops, of: before.count)
        return Effect.Share(1 - (1 - share.value) * (1 - lost), of: share.total)
    }

    private func charge(_ comparison: Comparison, _ strongest: [Operation: Double]) -> Charge? {
        let operation = comparison.stop.operation
        var (service, weight) = (operation.service, comparison.weight)
        if let last = comparison.stop.after {
            if let deeper = strongest[last.performer], deeper >= weight / 2 { return nil }
            service = last.performer.service
        } else {
            // It does nothing at all: perhaps by itself, perhaps because of what it was given.
            weight /= 2
        }
        return Charge(
            service: service,
            evidence: Suspect.Evidence(
                kind: .missingCalls, service: operation.service, operation: operation.name,
                peer: comparison.stop.after?.performer.name ?? "", pattern: "",
                before: Effect.Share(comparison.before.stops, of: comparison.before.count).value,
                now: Effect.Share(comparison.now.stops, of: comparison.now.count).value,
                beforeCount: comparison.before.count, nowCount: comparison.now.count,
                effect: weight, interval: comparison.effect.interval, examples: comparison.now.examples.list),
            place: .operation(operation))
    }
}
