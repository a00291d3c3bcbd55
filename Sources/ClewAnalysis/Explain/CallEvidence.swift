/// Calls that an execution makes more often than it did: growing fan-out, one query a row, retries, a cache that misses.
///
/// Counted are the calls of executions that make the call at all, so that a mix of requests that shifts is no growth; of
/// database calls those of all executions, since a cache decides whether there is one. Who retries a call that fails does
/// so because of the callee.
struct CallEvidence {
    private let pair: ExplainPair
    private let failing: Failing

    init(_ pair: ExplainPair, failing: Failing) {
        self.pair = pair
        self.failing = failing
    }

    private struct Comparison {
        var edge: CallEdge
        var effect: Effect
        var before: Mean
        var now: Mean
    }

    private struct Mean {
        var value: Double
        var count: Int
        /// The variance of the mean.
        var variance: Double

        init(_ statistics: CallStatistics, of count: Int) {
            let n = Double(max(1, count))
            self.count = count
            value = statistics.calls / n
            // One more squared call: few executions that agree are not certain.
            variance = (max(0, statistics.squares / n - value * value) + 1 / n) / n
        }
    }

    func charges() -> [Charge] {
        let comparisons = compare()
        let drift = Drift(ofShares: comparisons.map(\.effect.difference))
        return comparisons.compactMap { comparison in
            let weight = comparison.effect.shrunk(drift: Drift(center: 0, spread: drift.spread))
            return weight > 0 ? charge(comparison, weight) : nil
        }
    }

    private func compare() -> [Comparison] {
        pair.now.calls.compactMap { edge, now in
            let before = pair.before.calls[edge] ?? CallStatistics()
            let counts: (before: Int, now: Int)
            if edge.call.isDatabase {
                guard let executions = pair.executions(edge.operation) else { return nil }
                counts = executions
            } else {
                counts = (before.executions, now.executions)
                guard min(counts.before, counts.now) >= ExplainPair.minimumExecutions else { return nil }
            }
            let means = (Mean(before, of: counts.before), Mean(now, of: counts.now))
            let shifted = (means.0.value + Self.offset, means.1.value + Self.offset)
            let variance =
                means.0.variance / (shifted.0 * shifted.0) + means.1.variance / (shifted.1 * shifted.1)
            let effect = Effect(difference: Math.log(shifted.1 / shifted.0), standardError: variance.squareRoot())
            return Comparison(edge: edge, effect: effect, before: means.0, now: means.1)
        }
    }

    /// Calls added to each side, so that a rare call that became a little less rare is not a multiple.
    private static let offset = 0.1

    private func charge(_ comparison: Comparison, _ weight: Double) -> Charge {
        let (operation, call) = (comparison.edge.operation, comparison.edge.call)
        let isRetry = failing.contains(call.performer)
        return Charge(
            service: isRetry ? call.performer.service : operation.service,
            evidence: Suspect.Evidence(
                kind: .moreCalls, service: operation.service, operation: operation.name, peer: call.performer.name,
                pattern: "", before: comparison.before.value, now: comparison.now.value,
                beforeCount: comparison.before.count, nowCount: comparison.now.count,
                effect: weight, interval: comparison.effect.interval,
                examples: pair.now.calls[comparison.edge]?.examples.list ?? []),
            place: .operation(operation))
    }
}
