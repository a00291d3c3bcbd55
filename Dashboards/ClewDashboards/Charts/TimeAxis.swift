import ClewModel

/// The line below a chart, with ticks at round moments of UTC, and the labels below it.
struct TimeAxis {
    var from: UnixNanoseconds
    var to: UnixNanoseconds

    /// Two lines of `gutter` + 1 + `width` columns at most: the axis and its labels.
    func lines(gutter: Int, width: Int) -> [StyledText] {
        let ticks = ticks(width: width)
        var axis = Array(repeating: Character("─"), count: width)
        for tick in ticks where axis.indices.contains(tick.column) { axis[tick.column] = "┬" }
        var labels = StyledText("UTC", .muted).fitted(to: gutter, .right) + " "
        for tick in ticks {
            let start = gutter + 1 + tick.column
            guard start > labels.width || labels.width == gutter + 1, start + tick.label.count <= gutter + 1 + width
            else {
                continue
            }
            labels = labels.padded(to: start) + StyledText(tick.label, .muted)
        }
        return [StyledText.spaces(gutter) + StyledText("└" + String(axis), .muted), labels]
    }

    private static let steps: [UInt64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172_800, 604_800,
        2_592_000, 31_536_000, 315_360_000, 3_153_600_000,
    ]

    private func ticks(width: Int) -> [(column: Int, label: String)] {
        guard to > from, width > 0 else { return [] }
        let range = to - from
        let most = max(UInt64(width) / 12, 1)
        let step =
            (Self.steps.first { range / ($0 * .nanosecondsPerSecond) <= most } ?? 3_153_600_000)
            * .nanosecondsPerSecond
        var result: [(column: Int, label: String)] = []
        var (time, overflow) = (from / step * step, false)
        if time < from { (time, overflow) = time.addingReportingOverflow(step) }
        while !overflow, time < to, result.count <= Int(most) {
            let column = Int(Double(time - from) / Double(range) * Double(width))
            result.append((column, label(time, step)))
            (time, overflow) = time.addingReportingOverflow(step)
        }
        return result
    }

    private func label(_ time: UnixNanoseconds, _ step: UInt64) -> String {
        switch step / .nanosecondsPerSecond {
        case ..<60: TimeText.second(time)
        case ..<86400: TimeText.minute(time)
        default: TimeText.date(time)
        }
    }
}
