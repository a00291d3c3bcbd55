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
        var lines = reports.prefix(limit).map { StyledText("▶ ", .critical) + SlowPanel.verdict($0) }
        if options.format == .markdown { lines = reports.prefix(limit).map(SlowPanel.verdict) }
        if reports.count > limit {
            lines.append(StyledText("… \(NumberText.counted(reports.count - limit, "more route"))", .muted))
        }
        return [.list(lines)]
    }
}
