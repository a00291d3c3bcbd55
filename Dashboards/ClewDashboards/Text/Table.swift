/// Rows of styled cells under named columns, fitted to a width.
public struct Table: Hashable, Sendable {
    public struct Column: Hashable, Sendable {
        public var title: String
        public var alignment: Alignment
        /// The narrowest to which the column may be cut; `nil` where its cells must not be cut.
        public var minimumWidth: Int?
        /// How soon the column goes when the table is too wide: the highest first, and 0 never.
        public var dropOrder: Int

        public init(
            _ title: String, _ alignment: Alignment = .left, minimumWidth: Int? = nil, dropOrder: Int = 0
        ) {
            self.title = title
            self.alignment = alignment
            self.minimumWidth = minimumWidth
            self.dropOrder = dropOrder
        }
    }

    public var columns: [Column]
    /// Cells by column; missing cells count as empty and surplus ones are not shown.
    public var rows: [[StyledText]]

    public init(columns: [Column], rows: [[StyledText]] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// The head, a rule and the rows, none wider than `width`.
    ///
    /// First the columns with a minimum width shrink, the widest first; then columns are dropped in their order; then
    /// whatever is left shrinks.
    public func lines(width: Int) -> [StyledText] {
        let fit = fit(to: width)
        let shown = fit.filter { $0.width > 0 }
        func line(_ cells: (Int) -> StyledText) -> StyledText {
            shown.map { cells($0.column).fitted(to: $0.width, columns[$0.column].alignment) }
                .joined(separator: Self.gap).truncated(to: width).trimmedAtEnd()
        }
        let rule = shown.map { StyledText.repeated("─", $0.width, .muted) }.joined(separator: Self.gap)
        let head = line { StyledText(columns[$0].title, .heading) }
        return [head, rule.truncated(to: width)] + rows.map { row in line { cell(row, $0) } }
    }

    /// As a GitHub Flavored Markdown table (§4.10), with every column.
    func markdownLines(_ charset: Charset) -> [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let head = columns.map { $0.title.isEmpty ? " " : StyledText($0.title).markdown(charset) }
        let rule = columns.map { $0.alignment == .right ? "---:" : "---" }
        let body = rows.map { row in line(columns.indices.map { cell(row, $0).trimmedAtEnd().markdown(charset) }) }
        return [line(head), line(rule)] + body
    }

    private static let gap: StyledText = "  "

    private func cell(_ row: [StyledText], _ column: Int) -> StyledText {
        row.indices.contains(column) ? row[column] : StyledText()
    }

    private struct Fit {
        var column: Int
        var width: Int
        var minimum: Int
    }

    private func fit(to width: Int) -> [Fit] {
        var fit = columns.indices.map { column in
            let title = PrintableText.width(PrintableText.sanitized(columns[column].title))
            let natural = rows.reduce(title) { max($0, cell($1, column).width) }
            return Fit(column: column, width: natural, minimum: min(columns[column].minimumWidth ?? natural, natural))
        }
        while shrink(&fit, to: width) == false {
            let droppable = fit.indices.filter { columns[fit[$0].column].dropOrder > 0 }
            guard let first = droppable.max(by: { dropOrder(fit[$0]) < dropOrder(fit[$1]) }) else { break }
            fit.remove(at: first)
        }
        for index in fit.indices { fit[index].minimum = min(fit[index].minimum, 1) }
        _ = shrink(&fit, to: width)
        return fit
    }

    private func dropOrder(_ fit: Fit) -> Int { columns[fit.column].dropOrder }

    /// Shrinks the widest columns evenly, none below its minimum, and only if that is enough.
    private func shrink(_ fit: inout [Fit], to width: Int) -> Bool {
        let available = width - Self.gap.width * max(fit.count - 1, 0)
        var excess = fit.reduce(0) { $0 + $1.width } - available
        guard excess > 0 else { return true }
        guard fit.reduce(0, { $0 + $1.minimum }) <= available else { return false }
        while excess > 0 {
            let shrinkable = fit.indices.filter { fit[$0].width > fit[$0].minimum }
            guard let widest = shrinkable.max(by: { fit[$0].width < fit[$1].width }) else { break }
            // Down to the next widest at once, so that the cost does not grow with the length of a hostile name.
            let next = shrinkable.filter { $0 != widest }.map { fit[$0].width }.max() ?? 0
            let step = max(min(fit[widest].width - max(next, fit[widest].minimum), excess), 1)
            fit[widest].width -= step
            excess -= step
        }
        return true
    }
}
