import ClewAnalysis
import ClewModel

/// The column of a waterfall that says how many times its usual duration a span took; only for those that stand out.
struct WaterfallMarks {
    /// Columns, with the gap before; zero where nothing is marked, or where the bars need the room.
    let width: Int
    let head: StyledText
    private let cells: [Int: StyledText]

    /// Columns of the bars that the column may not take, with the p95 beside each factor and without.
    private static let barsBesideAll = 20
    private static let barsBesideFactors = 12

    /// - Parameters:
    ///   - shown: The places of the spans that are drawn.
    ///   - room: Columns for this and the bars.
    init(_ comparison: TraceComparison?, _ shown: [Int], in trace: Trace, room: Int) {
        let marked = Self.marked(comparison, shown)
        let factors = marked.map { Self.factor($0.rank, trace.spans[$0.span].duration, of: trace) }
        let limits = marked.map { StyledText(" (p95 \(DurationText.format($0.rank.p95)))", .muted) }
        let factorWidth = factors.map(\.width).max() ?? 0
        let (long, short): (StyledText, StyledText) = ("× usual (p95)", "× usual")
        let longWidth = 1 + max(factorWidth + (limits.map(\.width).max() ?? 0), long.width)
        let shortWidth = 1 + max(factorWidth, short.width)
        let isLong = room - longWidth >= Self.barsBesideAll
        guard !marked.isEmpty, isLong || room - shortWidth >= Self.barsBesideFactors else {
            (width, head, cells) = (0, StyledText(), [:])
            return
        }
        let columns = isLong ? longWidth : shortWidth
        var texts: [Int: StyledText] = [:]
        for (index, mark) in marked.enumerated() {
            let text = factors[index].padded(to: factorWidth, .right)
            texts[mark.span] =
                isLong ? (" " + text + limits[index]).padded(to: columns) : text.padded(to: columns, .right)
        }
        let title = (isLong ? long : short).styled(.heading)
        head = isLong ? (" " + title).padded(to: columns) : title.padded(to: columns, .right)
        (width, cells) = (columns, texts)
    }

    /// The cell of a span, ``width`` columns wide.
    func cell(_ span: Int) -> StyledText { cells[span] ?? .spaces(width) }

    private static func marked(_ comparison: TraceComparison?, _ shown: [Int]) -> [(span: Int, rank: SpanRank)] {
        guard let ranks = comparison?.ranks else { return [] }
        return shown.filter { ranks[$0].isMarked }.map { ($0, ranks[$0]) }
    }

    /// `×4.2`; muted where it makes less than a hundredth of the whole.
    private static func factor(_ rank: SpanRank, _ duration: UInt64, of trace: Trace) -> StyledText {
        let whole = trace.root.map { trace.spans[$0].duration } ?? 0
        let excess = duration > rank.p50 ? duration - rank.p50 : 0
        let style: TextStyle = excess < whole / 100 ? .muted : rank.mark == .verySlow ? .critical : .warning
        return StyledText("×\(NumberText.decimal(rank.factor))", style)
    }
}
