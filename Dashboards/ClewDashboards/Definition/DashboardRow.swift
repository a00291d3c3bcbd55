/// Panels side by side where the width allows it, otherwise one below the other.
struct DashboardRow {
    var panels: [PanelDefinition]
    var factory: PanelFactory

    private static let gap = 2

    func blocks(_ options: RenderOptions) -> [Block] {
        let widths = widths(options.width)
        guard options.format != .markdown, panels.count > 1, widths.allSatisfy(RenderOptions.widths.contains) else {
            return panels.flatMap { blocks($0, options) }
        }
        let columns = zip(panels, widths).map { panel, width in
            var options = options
            options.width = width
            return blocks(panel, options).lines(width: width)
        }
        let height = columns.map(\.count).max() ?? 0
        return [
            .figure(
                (0..<height).map { line in
                    zip(columns, widths).map { lines, width in
                        (lines.indices.contains(line) ? lines[line] : StyledText()).fitted(to: width)
                    }.joined(separator: .spaces(Self.gap))
                })
        ]
    }

    private func blocks(_ panel: PanelDefinition, _ options: RenderOptions) -> [Block] {
        let heading: [Block] = panel.title.isEmpty ? [] : [.heading(StyledText(panel.title))]
        return heading + factory.panel(panel).blocks(options)
    }

    private func widths(_ width: Int) -> [Int] {
        let room = width - Self.gap * (panels.count - 1)
        let shares = max(panels.reduce(0) { $0 + $1.widthShare }, 1)
        var widths = panels.map { room * $0.widthShare / shares }
        if let last = widths.indices.last { widths[last] += room - widths.reduce(0, +) }
        return widths
    }
}
