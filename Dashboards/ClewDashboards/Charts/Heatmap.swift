import ClewAnalysis
import ClewModel

/// How many requests took how long, over time: slow above, fast below, shaded by count.
struct Heatmap {
    /// One histogram per step of time.
    var steps: [DurationHistogram]
    var from: UnixNanoseconds
    var to: UnixNanoseconds
    var height = 10

    /// Empty when nothing was counted.
    func lines(width: Int) -> [StyledText] {
        guard let rows = DurationRows(steps, atMost: height) else { return [] }
        let labels = (0..<rows.count).map { DurationText.format(rows.upperBound($0)) }
        let gutter = max(labels.map(PrintableText.width).max() ?? 0, 3)
        let columns = merged(rows, max(width - gutter - 1, 1))
        let shades = Shades(highest: columns.reduce(0) { max($0, $1.max() ?? 0) })
        let plot = (0..<rows.count).reversed().map { row in
            StyledText(labels[row], .muted).fitted(to: gutter, .right) + StyledText("┤", .muted)
                + columns.map { shades.text($0[row]) }.joined()
        }
        return plot + TimeAxis(from: from, to: to).lines(gutter: gutter, width: columns.count)
            + shades.legend.wrapped(to: width)
    }

    /// Counts by column and row: steps are added up where there are more than columns, otherwise repeated.
    private func merged(_ rows: DurationRows, _ width: Int) -> [[Int]] {
        let counts = steps.map(rows.counts)
        return (0..<width).map { column in
            let low = column * counts.count / width
            let high = max((column + 1) * counts.count / width, low + 1)
            return counts[low..<high].dropFirst().reduce(counts[low]) { sums, next in
                zip(sums, next).map { $0.addingReportingOverflow($1).partialValue }
            }
        }
    }
}

/// Four shades on a scale of equal ratios, so that a rare slow request shows beside thousands of fast ones.
private struct Shades {
    /// The highest count of each shade.
    private let bounds: [Int]

    init(highest: Int) {
        let half = Double(max(highest, 1)).squareRoot()
        let quarter = half.squareRoot()
        let bounds = [quarter, half, quarter * half].map { Int($0) }
        self.bounds = bounds + [max(highest, 1)]
    }

    func text(_ count: Int) -> StyledText {
        guard count > 0 else { return StyledText(" ") }
        let shade = bounds.firstIndex { count <= $0 } ?? bounds.count - 1
        return StyledText(Self.characters[shade], .accent)
    }

    var legend: StyledText {
        var lowest = 1
        var parts: [StyledText] = []
        for (character, bound) in zip(Self.characters, bounds) where bound >= lowest {
            let range = bound == lowest ? NumberText.count(bound) : "\(lowest)–\(NumberText.count(bound))"
            parts.append(StyledText(character, .accent) + StyledText(" \(range)", .muted))
            lowest = bound + 1
        }
        return parts.joined(separator: "  ") + StyledText("  requests a cell", .muted)
    }

    private static let characters = ["░", "▒", "▓", "█"]
}
