/// Measures how often the service at fault is named, by ``ExplainAnalysis`` and by simple methods beside it.
public enum Evaluation {
    /// What each method makes of an incident, of which only the two windows are shown to it.
    public static func evaluate(
        _ name: String, _ truth: IncidentTruth, now: EvaluationWindow, before: EvaluationWindow
    ) -> EvaluatedCase {
        let explanation = ExplainAnalysis.explain(now.profile, against: before.profile)
        let suspects = explanation.suspects.map { EvaluationRanking.Entry($0.service, $0.score) }
        let answers = EvaluationMethod.allCases.map { method in
            let ranking =
                switch method {
                case .clew: EvaluationRanking(suspects)
                case .longestSpan: now.naive.longestSpans()
                case .ownTime: now.naive.growthOfOwnTime(since: before.naive)
                case .tailDuration: now.naive.growthOfTail(since: before.naive)
                }
            return EvaluatedCase.Answer(
                method: method, top: ranking.entries.prefix(EvaluatedCase.shownServices).map(\.service),
                rank: ranking.rank(of: truth.culprits))
        }
        return EvaluatedCase(name: name, truth: truth, cause: explanation.cause?.service, answers: answers)
    }

    public static func evaluate(_ incident: Incident) -> EvaluatedCase {
        evaluate(
            incident.name, incident.truth, now: EvaluationWindow(incident.now),
            before: EvaluationWindow(incident.before))
    }
}
