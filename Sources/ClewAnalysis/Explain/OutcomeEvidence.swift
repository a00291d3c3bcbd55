/// Executions that fail by themselves more often than they did.
struct OutcomeEvidence {
    private let pair: ExplainPair

    init(_ pair: ExplainPair) {
        self.pair = pair
    }

    func charges() -> [Charge] {
        pair.now.operations.compactMap { operation, now in
            guard now.errors > 0, let before = pair.before.operations[operation],
                min(before.count, now.count) >= ExplainPair.minimumExecutions
            else { return nil }
            let shares = (
                Effect.Share(before.errors, of: before.count), Effect.Share(now.errors, of: now.count)
            )
            let effect = Effect(before: shares.0, now: shares.1)
            let weight = effect.shrunk()
            guard weight > 0 else { return nil }
            return Charge(
                service: operation.service,
                evidence: Suspect.Evidence(
                    kind: .errors, service: operation.service, operation: operation.name, peer: "", pattern: "",
                    before: shares.0.value, now: shares.1.value, beforeCount: before.count, nowCount: now.count,
                    effect: weight, interval: effect.interval, examples: now.examples.list),
                place: .operation(operation))
        }
    }
}
