import ClewAnalysis
import ClewModel

/// An explanation in one sentence: who, what, how much, of how much, and how sure.
struct ExplainVerdict {
    private let explanation: Explanation

    init(_ explanation: Explanation) {
        self.explanation = explanation
    }

    /// `inventory is the cause: its calls to database stock (SELECT stock) take 48.0ms instead of 6.00ms (+42.0ms a
    /// request, 93 % of what requests lost; sure).`
    var sentence: StyledText {
        guard explanation.now.traces > 0, explanation.before.traces > 0 else {
            return StyledText("There are no requests to compare.", .muted)
        }
        guard let cause = explanation.cause, let evidence = cause.evidence.first else { return nothing }
        let doubt = cause.confidence == .high ? "" : "likely "
        let what = explanation.comparison == .tail ? "cause of slow requests" : "cause"
        var sentence: StyledText = "\(cause.service, .critical) is \(doubt)the \(what): "
        sentence += EvidenceText(evidence).clause(of: cause.service)
        sentence += Self.only(cause)
        sentence += " (\(Self.cost(cause))\(Self.sureness(cause.confidence), .strong))."
        return sentence + next
    }

    /// How sure an answer is, in words.
    static func sureness(_ confidence: Suspect.Confidence) -> String {
        switch confidence {
        case .high: "sure"
        case .medium: "likely"
        case .low: "a hint"
        }
    }

    /// Changes of a request's mean duration below this many nanoseconds are not worth words.
    private static let notable = 100_000.0

    /// `+42.0ms a request, 93 % of what requests lost; `, empty where its work takes no longer.
    private static func cost(_ suspect: Suspect) -> StyledText {
        guard suspect.change >= notable else { return StyledText() }
        let change: StyledText = "\(NumberText.change(suspect.change), .strong) a request"
        guard let share = suspect.shareOfChange, share >= 0.01 else { return change + "; " }
        // More than all of it is possible where others got faster at the same time.
        if share > 1.005 { return change + ", more than requests lost, as others got faster; " }
        return change + ", \(NumberText.percent(share), .strong) of what requests lost; "
    }

    /// `, only where service.version = 2.1.0`; empty where that is everywhere.
    private static func only(_ suspect: Suspect) -> StyledText {
        suspect.only.isEmpty ? "" : ", only where \(suspect.only.joined(separator: " and "), .strong)"
    }

    /// A second suspect this near to the first, by score, is named beside it.
    private static let near = 0.7

    private var next: StyledText {
        guard explanation.suspects.count > 1, let first = explanation.suspects.first else { return StyledText() }
        let second = explanation.suspects[1]
        guard second.isLikely, second.score >= Self.near * first.score else { return StyledText() }
        return " Nearly as suspect is \(second.service, .critical)."
    }

    /// What could not have been found.
    private var unseen: StyledText {
        guard explanation.now.records == 0 || explanation.before.records == 0 else { return StyledText() }
        return " Without log records, faults that show only there are not seen."
    }

    private var nothing: StyledText {
        switch explanation.comparison {
        case .tail: return "No service stands out in slow requests against typical ones beyond chance."
        case .baseline:
            let answer: StyledText = "\("No cause found", .good): nothing got worse beyond chance."
            guard let route = explanation.routes.first, abs(route.change) >= Self.notable else {
                return answer + unseen
            }
            let (before, now) = (route.before.meanDuration, route.now.meanDuration)
            return answer + " Requests of " + ExplainRoute.name(route.route)
                + " take \(NumberText.duration(now), .strong) instead of \(NumberText.duration(before))." + unseen
        }
    }
}
