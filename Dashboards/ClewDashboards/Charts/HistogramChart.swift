import ClewAnalysis
import ClewModel

/// How many requests took how long: one bar per range of durations, the fastest first.
struct HistogramChart {
    var histogram: DurationHistogram
    var height = 12

    /// Empty when nothing was counted.
    func lines(width: Int) -> [StyledText] {
        guard let rows = DurationRows([histogram], atMost: height) else { return [] }
        let counts = rows.counts(histogram)
        let total = Double(max(counts.reduce(0, +), 1))
        let items = counts.enumerated().map { row, count in
            BarChart.Item(
                name: StyledText("≤ \(DurationText.format(rows.upperBound(row)))", .muted),
                value: Double(count),
                figure: "\(NumberText.count(count))"
                    + StyledText("  \(NumberText.percent(Double(count) / total))", .muted)
            )
        }
        return BarChart(items: items).lines(width: width)
    }
}
