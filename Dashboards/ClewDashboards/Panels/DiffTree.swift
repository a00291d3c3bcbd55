import ClewAnalysis
import ClewModel

/// The hops that changed, with their callers, as a tree with figures of both sides.
struct DiffTree {
    private let diff: CallDiff
    private let shape: TreeShape
    private let shown: [Int]
    /// The place of the hop that changed most.
    private let largest: Int?

    /// - Parameter limit: Hops shown: those that changed most, each with its callers.
    init(_ diff: CallDiff, limit: Int) {
        self.diff = diff
        shape = TreeShape(diff.rows.map(\.parent))
        let weights = diff.rows.map { row in
            // A call that is new but costs nothing still comes before what did not change.
            row.isSlowerOrFaster ? row.change.magnitude : row.isNotable ? .leastNonzeroMagnitude : 0
        }
        let kept = shape.kept(weights: weights, limit: limit)
        shown = diff.rows.indices.filter { kept[$0] }
        let first = weights.indices.max { (weights[$0], $1) < (weights[$1], $0) }
        largest = first.flatMap { diff.rows[$0].isSlowerOrFaster ? $0 : nil }
    }

    /// Whether no hop changed.
    var isEmpty: Bool { shown.isEmpty }

    func lines(width: Int) -> [StyledText] {
        let branches = TreeBranches.prefixes(shown.map { shape.depths[$0] }, atMost: max(width / 10, 1))
        let rows = zip(shown, branches).map { row($0, $1.own) }
        return Table(columns: Self.columns, rows: rows + others + [total]).lines(width: width)
    }

    private static let columns = [
        Table.Column(""),
        Table.Column("hop", minimumWidth: 24),
        Table.Column("before", .right, dropOrder: 3),
        Table.Column("now", .right, dropOrder: 2),
        Table.Column("change", .right),
        Table.Column("calls", .right, dropOrder: 1),
        Table.Column("errors", .right, dropOrder: 4),
    ]

    private func row(_ index: Int, _ branch: String) -> [StyledText] {
        let row = diff.rows[index]
        let caller = shape.parents[index].map { diff.rows[$0].hop }
        return [
            mark(index),
            StyledText(branch, .muted) + HopText.name(row.hop, below: caller),
            time(row.before),
            // Where nothing changed, one side stands for both, so that noise does not show.
            row.isSlowerOrFaster || row.before == nil || row.now == nil ? time(row.now) : time(row.before),
            change(row),
            calls(row),
            errors(row),
        ]
    }

    private func mark(_ index: Int) -> StyledText {
        let row = diff.rows[index]
        if row.before == nil { return StyledText("new", .warning) }
        if row.now == nil { return StyledText("gone", .warning) }
        return StyledText(index == largest ? "▶" : "", .critical)
    }

    private func time(_ figures: CallDiff.Figures?) -> StyledText {
        StyledText(figures.map { NumberText.rough($0.ownTime) } ?? "–", .muted)
    }

    private func change(_ row: CallDiff.Row) -> StyledText {
        guard row.isSlowerOrFaster else { return StyledText("same", .muted) }
        return StyledText(NumberText.roughChange(row.change), row.change > 0 ? .error : .good)
    }

    private func calls(_ row: CallDiff.Row) -> StyledText {
        let before = row.before.map { NumberText.decimal($0.calls) } ?? "0"
        guard row.hasOtherCalls else { return StyledText(before, .muted) }
        return StyledText("\(before)→\(row.now.map { NumberText.decimal($0.calls) } ?? "0")")
    }

    private func errors(_ row: CallDiff.Row) -> StyledText {
        guard row.hasOtherErrors else { return StyledText() }
        let (before, now) = (row.before?.errorShare ?? 0, row.now?.errorShare ?? 0)
        return StyledText("\(NumberText.percent(before))→\(NumberText.percent(now))", now > before ? .error : .good)
    }

    /// One row for the hops that are not shown, so that the column of changes adds up.
    private var others: [[StyledText]] {
        let count = diff.rows.count - shown.count
        guard count > 0 else { return [] }
        let change = diff.rows.reduce(0) { $0 + $1.change } - shown.reduce(0) { $0 + diff.rows[$1].change }
        return [sum("… \(NumberText.counted(count, "more hop"))", "", "", change)]
    }

    private var total: [StyledText] {
        let (before, now) = (diff.before.meanDuration, diff.now.meanDuration)
        return sum(
            "all", NumberText.rough(before), NumberText.rough(CallDiff.isNotable(before, now) ? now : before),
            CallDiff.isNotable(before, now) ? diff.change : 0)
    }

    private func sum(_ name: String, _ before: String, _ now: String, _ change: Double) -> [StyledText] {
        let isSame = change.magnitude < CallDiff.notableTime
        return [
            StyledText(), StyledText(name, .muted), StyledText(before, .muted), StyledText(now, .muted),
            StyledText(isSame ? "same" : NumberText.roughChange(change), .muted),
        ]
    }
}
