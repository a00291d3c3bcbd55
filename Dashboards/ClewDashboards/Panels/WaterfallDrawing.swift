import ClewAnalysis
import ClewModel

/// Draws the rows of a waterfall: tree, bars over time, durations, and marks where there is a comparison.
struct WaterfallDrawing {
    private let trace: Trace
    private let path: CriticalPath
    private let notes: SpanNotes
    private let rows: WaterfallRows
    private let marks: WaterfallMarks
    private let scale: WaterfallScale
    private let segments: [Int: [CriticalPath.Segment]]
    private let width: Int
    private let labelWidth: Int

    /// Columns of a duration, and of the gap before it.
    private static let figureWidth = 7
    private static let gutterWidth = 3

    init(
        _ trace: Trace, _ path: CriticalPath, _ notes: SpanNotes, _ rows: WaterfallRows, _ comparison: TraceComparison?,
        width: Int
    ) {
        self.trace = trace
        self.path = path
        self.notes = notes
        self.rows = rows
        self.width = width
        segments = Dictionary(grouping: path.segments, by: \.span)
        labelWidth = width * 2 / 5
        let figures = (Self.figureWidth + 1) * (width >= 60 ? 2 : 1)
        let room = width - Self.gutterWidth - labelWidth - 1 - figures
        marks = WaterfallMarks(comparison, rows.spans, in: trace, room: room)
        scale = WaterfallScale(trace, columns: max(room - marks.width, 1))
    }

    /// Whether a span that is shown is marked.
    var hasMarks: Bool { marks.width > 0 }

    var lines: [StyledText] {
        let branches = TreeBranches.prefixes(rows.rows.map(\.depth), atMost: max(labelWidth / 4, 1))
        return [head]
            + zip(rows.rows, branches).flatMap { row, branch -> [StyledText] in
                switch row.content {
                case .span(let index):
                    return [line(index, branch.own)] + notes.lines(trace.spans[index]).map { note($0, branch.below) }
                case .folded(let fold):
                    return [note(fold.text, branch.own)]
                }
            }
    }

    private var head: StyledText {
        StyledText.spaces(Self.gutterWidth + labelWidth + 1) + scale.axis.fitted(to: scale.columns)
            + figures("time", "own", .heading, .heading) + marks.head
    }

    private func line(_ index: Int, _ branch: String) -> StyledText {
        let own = path.ownTime(of: index)
        let duration = DurationText.format(trace.end(of: index) - trace.start(of: index))
        return gutter(index) + (StyledText(branch, .muted) + label(index)).fitted(to: labelWidth) + " " + bar(index)
            + figures(duration, own > 0 ? DurationText.format(own) : "", .plain, isHeavy(own) ? .critical : .muted)
            + marks.cell(index)
    }

    private func figures(_ time: String, _ own: String, _ style: TextStyle, _ ownStyle: TextStyle) -> StyledText {
        let first = StyledText(time, style).fitted(to: Self.figureWidth, .right)
        guard width >= 60 else { return " " + first }
        return " " + first + " " + StyledText(own, ownStyle).fitted(to: Self.figureWidth, .right)
    }

    /// Whether a time is a tenth of the whole or more, and so worth the eye.
    private func isHeavy(_ ownTime: UInt64) -> Bool { ownTime > 0 && ownTime >= path.duration / 10 }

    private func note(_ text: StyledText, _ branch: String) -> StyledText {
        StyledText.spaces(Self.gutterWidth) + StyledText(branch, .muted) + text
    }

    private func gutter(_ index: Int) -> StyledText {
        let critical: StyledText = path.contains(index) ? StyledText("●", .critical) : " "
        let mark: StyledText
        if trace.spans[index].isError {
            mark = StyledText("✗", .error)
        } else if let annotation = SpanAnnotation.of(trace.annotations(of: index)).first {
            mark = StyledText(String(annotation.mark), .warning)
        } else {
            mark = " "
        }
        return critical + mark + " "
    }

    private func label(_ index: Int) -> StyledText {
        let span = trace.spans[index]
        let parent = trace.parent(of: index).map { trace.spans[$0].service }
        let service = parent == span.service ? StyledText() : StyledText(span.service, .accent) + " "
        // A callee with spans of its own follows as a child.
        let target = trace.children(of: index).isEmpty ? target(span.target) : StyledText()
        return service + StyledText(span.name, span.isError ? .error : .plain) + target
    }

    private func target(_ target: Target?) -> StyledText {
        guard let name = target.map({ $0.name.isEmpty ? $0.system : $0.name }), !name.isEmpty else { return "" }
        return StyledText(" → \(name)", .muted)
    }

    private func bar(_ index: Int) -> StyledText {
        var cells = Array(repeating: Cell.empty, count: scale.columns)
        for column in scale.cells(trace.start(of: index), trace.end(of: index)) { cells[column] = .span }
        for column in criticalCells(index) { cells[column] = .critical }
        let style: TextStyle = trace.spans[index].isError ? .error : .accent
        return cells.map { cell in
            switch cell {
            case .empty: " "
            case .span: StyledText("─", style)
            case .critical: StyledText("█", .critical)
            }
        }.joined()
    }

    /// The columns in which the span's own time on the critical path prevails; one at least where it adds up to half
    /// a column, so that the eye is drawn to time and not to rounding.
    private func criticalCells(_ index: Int) -> [Int] {
        let own = segments[index] ?? []
        let cells = own.flatMap { scale.centres($0.from, $0.to) }
        guard cells.isEmpty, let longest = own.max(by: { $0.duration < $1.duration }),
            scale.width(path.ownTime(of: index)) >= 0.5
        else { return cells }
        return [scale.cells(longest.from, longest.to).lowerBound]
    }

    private enum Cell {
        case empty
        case span
        case critical
    }
}
