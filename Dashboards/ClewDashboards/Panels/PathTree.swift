import ClewAnalysis
import ClewModel

/// The hops of a profile as a tree with figures, those that no trace waited for left out.
struct PathTree {
    private let profile: CallProfile
    private let shape: TreeShape
    private let shown: [Int]
    /// The place of the hop that takes most.
    private let heaviest: Int?

    /// - Parameter limit: Hops shown: those with most time, each with its callers.
    init(_ profile: CallProfile, limit: Int) {
        self.profile = profile
        shape = TreeShape(profile.nodes.map(\.parent))
        let weights = profile.nodes.enumerated().map { index, node in
            // The route itself is shown even where it took no time.
            index == 0 ? max(node.ownTime, .leastNonzeroMagnitude) : node.isWaitedFor ? node.ownTime : 0
        }
        let kept = shape.kept(weights: weights, limit: limit)
        shown = profile.nodes.indices.filter { kept[$0] }
        heaviest = weights.indices.max { (weights[$0], $1) < (weights[$1], $0) }
    }

    func lines(width: Int) -> [StyledText] {
        let branches = TreeBranches.prefixes(shown.map { shape.depths[$0] }, atMost: max(width / 10, 1))
        let rows = zip(shown, branches).map { row($0, $1.own) }
        return Table(columns: Self.columns, rows: rows + others + [total]).lines(width: width) + unseen
    }

    private static let columns = [
        Table.Column("hop", minimumWidth: 30),
        Table.Column("share", .right),
        Table.Column("", minimumWidth: barWidth, dropOrder: 9),
        Table.Column("own", .right),
        Table.Column("own p50", .right, dropOrder: 7),
        Table.Column("own p95", .right, dropOrder: 4),
        Table.Column("calls", .right, dropOrder: 2),
        Table.Column("errors", .right, dropOrder: 1),
        Table.Column("total p50", .right, dropOrder: 6),
        Table.Column("total p95", .right, dropOrder: 5),
        Table.Column("traces", .right, dropOrder: 8),
    ]

    private static let barWidth = 12

    private func row(_ index: Int, _ branch: String) -> [StyledText] {
        let node = profile.nodes[index]
        let style: TextStyle = index == heaviest ? .critical : .plain
        let caller = shape.parents[index].map { profile.nodes[$0].hop }
        return [
            StyledText(branch, .muted) + HopText.name(node.hop, below: caller),
            StyledText(NumberText.percent(node.share), style),
            Bar.horizontal(node.share, width: Self.barWidth, style == .critical ? .critical : .accent),
            StyledText(NumberText.duration(node.ownTime), style),
            StyledText(DurationText.format(node.ownTimes.p50), .muted),
            StyledText(DurationText.format(node.ownTimes.p95), .muted),
            Self.calls(node),
            ErrorShareText.text(share: node.errorShare),
            StyledText(DurationText.format(node.durations.p50), .muted),
            StyledText(DurationText.format(node.durations.p95), .muted),
            StyledText(NumberText.count(node.traces), .muted),
        ]
    }

    /// `2.5`, or `1 of 24` where no more of a trace's calls are waited for.
    private static func calls(_ node: CallProfile.Node) -> StyledText {
        let (waited, all) = (NumberText.decimal(node.waitedCalls), NumberText.decimal(node.calls))
        return StyledText(waited == all ? all : "\(waited) of \(all)")
    }

    /// One row for the hops that are waited for and not shown, so that the columns add up.
    private var others: [[StyledText]] {
        let count = profile.nodes.count { $0.isWaitedFor } - shown.count { profile.nodes[$0].isWaitedFor }
        guard count > 0 else { return [] }
        let own = profile.nodes.reduce(0) { $0 + $1.ownTime } - shown.reduce(0) { $0 + profile.nodes[$1].ownTime }
        let share = profile.meanDuration > 0 ? max(own, 0) / profile.meanDuration : 0
        return [sum("… \(NumberText.counted(count, "more hop"))", share, max(own, 0))]
    }

    private var total: [StyledText] {
        let share = profile.nodes.reduce(0) { $0 + $1.share }
        return sum("all", (share * 1000).rounded() / 1000, profile.meanDuration)
    }

    private func sum(_ name: String, _ share: Double, _ own: Double) -> [StyledText] {
        [
            StyledText(name, .muted), StyledText(NumberText.percent(share), .muted), StyledText(),
            StyledText(NumberText.duration(own), .muted),
        ]
    }

    private var unseen: [StyledText] {
        let count = profile.nodes.count { !$0.isWaitedFor }
        guard count > 0 else { return [] }
        return [StyledText("… and \(NumberText.counted(count, "hop")) that no trace waited for", .muted)]
    }
}
