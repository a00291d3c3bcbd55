import ClewModel

/// Says what changed between two windows and which service is to blame.
///
/// Evidence is gathered by kind: what got slower (``LatencyEvidence``), what stands still at times (``StallEvidence``), what
/// is missing (``StopEvidence``), what fails (``OutcomeEvidence``), what is called more often (``CallEvidence``) and what is
/// logged (``LogEvidence``). Each finds its differences, judges them against what changed everywhere (``Drift``) and against chance (``Effect``), and says whom
/// each speaks against: blame follows the request to where it first deviates. A service's score is the root of the sum
/// of squares of the two strongest charges of each kind. Nothing is learned, and no constant belongs to a system.
public enum ExplainAnalysis {
    public static func explain(
        _ now: ExplainProfile, against before: ExplainProfile, service: String? = nil, operation: String? = nil,
        comparison: SlowReport.Comparison = .baseline
    ) -> Explanation {
        let pair = ExplainPair(before: ExplainSide(before), now: ExplainSide(now))
        let routes = RouteChanges(pair, service: service, operation: operation)
        var explanation = Explanation(
            now: side(now), before: side(before), comparison: comparison,
            suspects: suspects(pair, routes), routes: routes.largest)
        explanation.keptShare = min(now.keptShare, before.keptShare)
        explanation.oversizedTraces = now.oversizedTraces + before.oversizedTraces
        explanation.dropped = now.dropped + before.dropped
        return explanation
    }

    private static func side(_ profile: ExplainProfile) -> Explanation.Side {
        Explanation.Side(
            from: profile.from, to: profile.to, traces: profile.traceCount, spans: profile.spanCount,
            records: profile.recordCount, lost: profile.loss)
    }

    // MARK: - Suspects

    /// Of each kind of evidence, the places that count: a fault that shows in many is not many faults.
    private static let chargesPerKind = 2
    /// A score like that of durations that grew nearly threefold.
    private static let certain = 1.0

    private static func suspects(_ pair: ExplainPair, _ routes: RouteChanges) -> [Suspect] {
        let (failures, patterns) = (OutcomeEvidence(pair).charges(), LogEvidence(pair).charges())
        let failing = Failing(pair, failures + patterns)
        let latencies = LatencyEvidence(pair).charges()
        let kinds = [
            latencies, StallEvidence(pair).charges(), StopEvidence(pair).charges(), failures,
            CallEvidence(pair, failing: failing).charges(), patterns,
        ].map { $0.filter { !failing.explains($0) } }
        var squares: [String: Double] = [:]
        var evidence: [String: [Charge]] = [:]
        for charges in kinds {
            for (service, charges) in Dictionary(grouping: charges, by: \.service) {
                let strongest = strongestByPlace(charges)
                squares[service, default: 0] += strongest.prefix(chargesPerKind)
                    .reduce(0) { $0 + $1.weight * $1.weight }
                evidence[service, default: []] += strongest.prefix(Suspect.maximumEvidence)
            }
        }
        let total = routes.total
        let ways = RouteChanges.owners(of: latencies)
        let ranked = squares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Explanation.maximumSuspects)
        return ranked.map { service, square in
            let score = square.squareRoot()
            let charges = telling(evidence[service] ?? [])
            let change = routes.change(of: service, ways: ways)
            return Suspect(
                service: service, score: score,
                confidence: score >= certain ? .high : score >= ExplainPair.notable ? .medium : .low,
                evidence: charges.map(\.evidence), change: change,
                shareOfChange: total > 0 ? change / total : nil,
                only: charges.first.map { Commonality(pair, $0).places } ?? [])
        }
    }

    /// The strongest first; beside it, only what is not perhaps no change at all.
    private static func telling(_ charges: [Charge]) -> [Charge] {
        let sorted = charges.sorted(by: precedes)
        let others = sorted.dropFirst().filter {
            $0.weight >= leastWeight && !$0.evidence.interval.contains(0)
        }
        return Array((sorted.prefix(1) + others).prefix(Suspect.maximumEvidence))
    }

    /// Less is no evidence to show: a twentieth.
    private static let leastWeight = 0.05

    private static func strongestByPlace(_ charges: [Charge]) -> [Charge] {
        var strongest: [Charge.Place: Charge] = [:]
        for charge in charges where strongest[charge.place].map({ precedes(charge, $0) }) ?? true {
            strongest[charge.place] = charge
        }
        return strongest.values.sorted(by: precedes)
    }

    /// By weight; what is equally strong by name, so that equal input gives an equal answer.
    private static func precedes(_ left: Charge, _ right: Charge) -> Bool {
        if left.weight != right.weight { return left.weight > right.weight }
        func name(_ evidence: Suspect.Evidence) -> (String, String, String, String, String) {
            (evidence.kind.rawValue, evidence.service, evidence.operation, evidence.peer, evidence.pattern)
        }
        if name(left.evidence) != name(right.evidence) { return name(left.evidence) < name(right.evidence) }
        func example(_ evidence: Suspect.Evidence) -> (TraceID, SpanID) {
            evidence.examples.first.map { ($0.trace, $0.span) } ?? (.invalid, .invalid)
        }
        return example(left.evidence) < example(right.evidence)
    }
}
