import ClewAnalysis
import ClewModel

/// The groups of a route side by side: which is slow, and in what.
struct PathGroups {
    private let profiles: [CallProfile]
    private let attribute: String

    init(_ profiles: [CallProfile], by attribute: String) {
        self.profiles = profiles
        self.attribute = attribute
    }

    /// `POST /checkout by service.version: 1.1.0 is slowest, 180ms on average (42 traces); 1.0.0 is fastest, 140ms …`
    var sentence: StyledText {
        guard let slowest = profiles.max(by: isFaster), let fastest = profiles.min(by: isFaster) else {
            return "No traces."
        }
        let route = RouteText.name(service: slowest.service, operation: slowest.operation)
        let subject: StyledText = "\(route) by \(attribute)"
        guard profiles.count > 1 else { return "\(subject): every trace is \(Self.name(slowest))." }
        guard CallDiff.isNotable(fastest.meanDuration, slowest.meanDuration) else {
            return "\(subject): all take about \(NumberText.rough(slowest.meanDuration), .strong) on average."
        }
        let most: StyledText = "\(Self.name(slowest)) is slowest, \(Self.mean(slowest))"
        let least: StyledText = "\(Self.name(fastest)) is fastest, \(Self.mean(fastest))"
        return "\(subject): \(most); \(least)."
    }

    var table: Table {
        Table(
            columns: [
                Table.Column(attribute, minimumWidth: 10), Table.Column("traces", .right, dropOrder: 2),
                Table.Column("errors", .right), Table.Column("mean", .right),
                Table.Column("p50", .right, dropOrder: 3), Table.Column("p95", .right),
                Table.Column("most time in", minimumWidth: 16, dropOrder: 1),
                Table.Column("share", .right, dropOrder: 1),
            ],
            rows: profiles.map { profile in
                let heaviest = profile.heaviest.first
                return [
                    Self.name(profile),
                    StyledText(NumberText.count(profile.traceCount)),
                    ErrorShareText.text(errors: profile.errorCount, count: profile.traceCount),
                    StyledText(NumberText.duration(profile.meanDuration), .strong),
                    StyledText(DurationText.format(profile.durations.p50)),
                    StyledText(DurationText.format(profile.durations.p95)),
                    heaviest.map { HopText.name($0.hop) } ?? StyledText(),
                    StyledText(heaviest.map { NumberText.percent($0.share) } ?? ""),
                ]
            })
    }

    private func isFaster(_ left: CallProfile, _ right: CallProfile) -> Bool {
        left.meanDuration < right.meanDuration
    }

    private static func name(_ profile: CallProfile) -> StyledText { "\(profile.group ?? "", .accent)" }

    private static func mean(_ profile: CallProfile) -> StyledText {
        let traces = NumberText.counted(profile.traceCount, "trace")
        return "\(NumberText.duration(profile.meanDuration), .strong) on average (\(traces))"
    }
}
