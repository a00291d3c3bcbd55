/// Log patterns that appeared, became frequent or vanished, by the share of an operation's executions that write them.
///
/// Errors that grow and warnings that appear count in full. Other lines count half and only where they vanish, unless the
/// operation does more than it did: another name in a line makes a new pattern, and is no complaint.
struct LogEvidence {
    private let pair: ExplainPair

    init(_ pair: ExplainPair) {
        self.pair = pair
    }

    func charges() -> [Charge] {
        guard pair.before.recordCount > 0, pair.now.recordCount > 0 else { return [] }
        let (before, now) = merged()
        var known: [ServicePattern: Bool] = [:]
        for pattern in before.keys { known[ServicePattern(pattern)] = true }
        return Set(before.keys).union(now.keys).compactMap { pattern in
            charge(
                pattern, before[pattern] ?? PatternStatistics(), now[pattern] ?? PatternStatistics(),
                isNew: known[ServicePattern(pattern)] == nil)
        }
    }

    private struct ServicePattern: Hashable {
        var service: String
        var text: String

        init(_ pattern: LoggedPattern) {
            service = pattern.operation.service
            text = pattern.text
        }
    }

    private struct Group: Hashable {
        var service: String
        var severity: LogSeverity
    }

    private typealias Patterns = [LoggedPattern: PatternStatistics]

    /// Both sides' statistics, by the same representatives.
    private func merged() -> (before: Patterns, now: Patterns) {
        var texts: [Group: Set<String>] = [:]
        for pattern in Array(pair.before.patterns.keys) + Array(pair.now.patterns.keys) {
            texts[Group(service: pattern.operation.service, severity: pattern.severity), default: []]
                .insert(pattern.text)
        }
        let representatives = texts.mapValues { LogPattern.merged(Array($0)) }
        func merge(_ patterns: Patterns) -> Patterns {
            var result: Patterns = [:]
            for (pattern, statistics) in patterns.sorted(by: { $0.key.text < $1.key.text }) {
                var key = pattern
                let group = Group(service: pattern.operation.service, severity: pattern.severity)
                key.text = representatives[group]?[pattern.text] ?? pattern.text
                result[key, default: PatternStatistics()].merge(statistics)
            }
            return result
        }
        return (merge(pair.before.patterns), merge(pair.now.patterns))
    }

    private func charge(
        _ pattern: LoggedPattern, _ before: PatternStatistics, _ now: PatternStatistics, isNew: Bool
    ) -> Charge? {
        guard let executions = pair.executions(pattern.operation) else { return nil }
        let shares = (
            Effect.Share(min(before.executions, executions.before), of: executions.before),
            Effect.Share(min(now.executions, executions.now), of: executions.now)
        )
        let effect = Effect(before: shares.0, now: shares.1)
        let weight = weight(pattern, effect.difference, isNew: isNew) * abs(effect.shrunk())
        guard weight > 0 else { return nil }
        return Charge(
            service: pattern.operation.service,
            evidence: Suspect.Evidence(
                kind: effect.difference > 0 ? .newLogPattern : .lostLogPattern,
                service: pattern.operation.service, operation: pattern.operation.name, peer: "",
                pattern: pattern.text, before: shares.0.value, now: shares.1.value,
                beforeCount: executions.before, nowCount: executions.now,
                effect: weight, interval: effect.interval, examples: now.examples.list),
            place: .operation(pattern.operation))
    }

    private func weight(_ pattern: LoggedPattern, _ difference: Double, isNew: Bool) -> Double {
        if difference > 0 {
            return pattern.severity == .error || (pattern.severity == .warning && isNew) ? 1 : 0
        }
        return pattern.severity == .info && !pair.doesMore(pattern.operation) ? 0.5 : 0
    }
}

extension PatternStatistics {
    fileprivate mutating func merge(_ other: PatternStatistics) {
        executions += other.executions
        for (weight, example) in other.examples.kept { examples.add(example, weight: weight) }
    }
}
