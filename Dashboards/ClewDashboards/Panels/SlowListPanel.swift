public import ClewAnalysis

/// The verdicts on several routes, one below the other.
public struct SlowListPanel: Panel {
    public var reports: [SlowReport]
    /// Verdicts shown at most; how many more there are is stated.
    public var limit: Int

    public init(_ reports: [SlowReport], limit: Int = 5) {
        self.reports = reports
        self.limit = max(limit, 1)
    }

    public func blocks(_ options: RenderOptions) -> [Block] {
        guard !reports.isEmpty else {
            return [.paragraph(StyledText("No route has enough complete traces to compare slow with typical.", .muted))]
        }
        let slower = reports.filter { SlowVerdict($0).culprit != nil }
        let mark: StyledText = options.format == .markdown ? "" : StyledText("▶ ", .critical)
        return [.list(slower.prefix(limit).map { mark + SlowPanel.verdict($0) } + rest(slower.count))]
    }

    /// The routes without a verdict of their own.
    private func rest(_ slower: Int) -> [StyledText] {
        let steady = reports.count - slower
        var lines: [StyledText] = []
        if slower > limit {
            lines.append(StyledText("… \(NumberText.counted(slower - limit, "more slow route")) not shown", .muted))
        }
        if steady > 0 {
            let routes = slower > 0 ? "other route" : "route"
            let verb = steady == 1 ? "is" : "are"
            lines.append(StyledText("\(NumberText.counted(steady, routes)) \(verb) steady.", .muted))
        }
        return lines
    }
}
