import ClewAnalysis
import ClewModel

/// A profile in a sentence: how long the route takes, and where most of that is spent.
struct PathVerdict {
    private let profile: CallProfile

    init(_ profile: CallProfile) {
        self.profile = profile
    }

    /// `POST /checkout: p50 120ms, p95 300ms; 62 % of the time is orders → database orders (SELECT orders).`
    var sentence: StyledText {
        let route = RouteText.name(service: profile.service, operation: profile.operation)
        let p50: StyledText = "p50 \(DurationText.format(profile.durations.p50), .strong)"
        let p95: StyledText = "p95 \(DurationText.format(profile.durations.p95), .strong)"
        return "\(route): \(p50), \(p95)\(failures)\(places)."
    }

    /// Below this a hop is the largest of several, not where the time goes.
    private static let majority = 0.5
    /// A hop of less is not worth a mention.
    private static let notable = 0.1

    private var failures: StyledText {
        guard profile.errorCount > 0 else { return StyledText() }
        return ", \(NumberText.percent(profile.errorShare), .error) failed"
    }

    private var places: StyledText {
        let nodes = profile.heaviest
        guard let first = nodes.first, first.share > 0 else { return StyledText() }
        let place = SlowVerdict.place(first.hop).styled(.critical)
        let share: StyledText = "\(NumberText.percent(first.share), .strong)"
        guard first.share < Self.majority else { return "; \(share) of the time is \(place)" }
        let others = nodes.dropFirst().prefix(2).filter { $0.share >= Self.notable }.map { node -> StyledText in
            "\(NumberText.percent(node.share), .strong) \(SlowVerdict.place(node.hop))"
        }
        let rest = others.isEmpty ? StyledText() : ", then " + others.joined(separator: ", ")
        return "; the largest part of the time, \(share), is \(place)\(rest)"
    }
}
