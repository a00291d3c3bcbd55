public import ClewAnalysis
import ClewModel

/// Where a route's time goes: the answer in a sentence, then its hops as a tree; or a comparison of its groups, then each.
public struct PathPanel: Panel {
    /// The profiles of one route, one for each group.
    public var profiles: [CallProfile]
    /// The attribute that the traces were told apart by.
    public var attribute: String?
    /// Hops shown at most; the others are summed up in one row.
    public var limit: Int

    public init(_ profiles: [CallProfile], by attribute: String? = nil, limit: Int = 25) {
        self.profiles = profiles
        self.attribute = attribute
        self.limit = max(limit, 1)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard let first = profiles.first else {
            return [.paragraph(StyledText("No complete trace of this route in this time.", .muted))]
        }
        guard let attribute else { return Self.blocks(first, limit, options) + [.list(Self.footnotes(profiles))] }
        let groups = PathGroups(profiles, by: attribute)
        var blocks: [Block] = [.paragraph(groups.sentence.readable), .table(groups.table)]
        for profile in profiles {
            blocks.append(.heading(StyledText("\(attribute) \(profile.group ?? "")").readable))
            blocks += Self.blocks(profile, limit, options)
        }
        return blocks + [.list(Self.footnotes(profiles))]
    }

    /// The answer alone: how long the route takes, and where most of that is spent.
    public static func verdict(_ profile: CallProfile) -> StyledText { PathVerdict(profile).sentence }

    private static func blocks(_ profile: CallProfile, _ limit: Int, _ options: RenderOptions) -> [Block] {
        [
            .paragraph(verdict(profile).readable),
            .figure(PathTree(profile, limit: limit).lines(width: options.width)),
        ]
    }

    /// What the figures are made of.
    private static func footnotes(_ profiles: [CallProfile]) -> [StyledText] {
        guard let first = profiles.first else { return [] }
        let traces = profiles.reduce(0) { sum, profile in
            let (next, overflowed) = sum.addingReportingOverflow(profile.traceCount)
            return overflowed ? .max : next
        }
        var lines = [
            StyledText(
                "own: time on the critical path that no child explains, a mean of all traces; it adds up", .muted)
        ]
        if first.keptShare < 1 {
            let share = NumberText.percent(first.keptShare)
            lines.append(StyledText("Only \(share) of the traces fitted into memory and were looked at.", .warning))
        }
        if first.incompleteTraces > 0 {
            let count = NumberText.counted(first.incompleteTraces, "incomplete trace")
            lines.append(StyledText("\(count) left out.", .muted))
        }
        let time = TimeText.range(first.from, first.to)
        lines.append(StyledText("\(NumberText.counted(traces, "trace")), \(time)", .muted))
        return lines
    }
}
