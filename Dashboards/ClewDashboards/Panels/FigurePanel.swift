/// A chart, or a sentence where there is nothing to draw.
struct FigurePanel: Panel {
    var emptyText: String
    /// What the chart leaves out.
    var rest: StyledText?
    /// Draws the lines; none where there is no data.
    var lines: @Sendable (RenderOptions) -> [StyledText]

    func blocks(_ options: RenderOptions) -> [Block] {
        let lines = lines(options)
        guard !lines.isEmpty else { return [.paragraph(StyledText(emptyText, .muted))] }
        return [.figure(lines + (rest.map { [$0] } ?? []))]
    }
}
