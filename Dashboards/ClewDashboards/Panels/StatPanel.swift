/// A row of figures, each with a name and, where there is one, its course over time.
public struct StatPanel: Panel {
    public struct Stat: Hashable, Sendable {
        public var name: String
        public var figure: StyledText
        /// Values over time, drawn as a sparkline.
        public var course: [Double?]

        public init(name: String, figure: StyledText, course: [Double?] = []) {
            self.name = name
            self.figure = figure
            self.course = course
        }
    }

    public var stats: [Stat]

    public init(_ stats: [Stat]) {
        self.stats = stats
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard !stats.isEmpty else { return [.paragraph(StyledText("No figures to show.", .muted))] }
        if options.format == .markdown { return [.table(table)] }
        // Two lines of figures rather than cells too narrow for one.
        let perLine = min(stats.count, max((options.width + Self.gap) / (Self.narrowest + Self.gap), 1))
        let width = (options.width - Self.gap * (perLine - 1)) / perLine
        var lines: [StyledText] = []
        for start in stride(from: 0, to: stats.count, by: perLine) {
            if start > 0 { lines.append(StyledText()) }
            lines += self.lines(stats[start..<min(start + perLine, stats.count)], width)
        }
        return [.figure(lines)]
    }

    private static let narrowest = 12
    private static let gap = 2

    private func lines(_ stats: ArraySlice<Stat>, _ width: Int) -> [StyledText] {
        func line(_ cell: (Stat) -> StyledText) -> StyledText {
            stats.map { cell($0).fitted(to: width) }.joined(separator: .spaces(Self.gap))
        }
        let figures = [line { StyledText($0.name, .muted) }, line(\.figure)]
        guard stats.contains(where: { !$0.course.isEmpty }) else { return figures }
        return figures + [line { Bar.sparkline($0.course, width: min(width, 24)) }]
    }

    private var table: Table {
        Table(columns: stats.map { Table.Column($0.name) }, rows: [stats.map(\.figure)])
    }
}
