import ClewAnalysis
import ClewModel

/// Maps moments of a trace to columns.
struct WaterfallScale {
    let columns: Int
    private let start: UnixNanoseconds
    private let length: Double

    init(_ trace: Trace, columns: Int) {
        self.columns = columns
        let from = trace.spans.indices.map { trace.start(of: $0) }.min() ?? 0
        let to = trace.spans.indices.map { trace.end(of: $0) }.max() ?? 0
        start = from
        length = max(1, Double(to > from ? to - from : 0))
    }

    /// The columns that a stretch of time touches, at least one.
    func cells(_ from: UnixNanoseconds, _ to: UnixNanoseconds) -> Range<Int> {
        let low = min(Int(position(from)), columns - 1)
        let high = min(Int(position(to).rounded(.up)), columns)
        return low..<max(high, low + 1)
    }

    /// The columns whose middle lies in a stretch of time.
    func centres(_ from: UnixNanoseconds, _ to: UnixNanoseconds) -> Range<Int> {
        let low = min(Int((position(from) + 0.5).rounded(.down)), columns)
        return low..<max(min(Int((position(to) + 0.5).rounded(.down)), columns), low)
    }

    /// Columns that a duration is wide.
    func width(_ duration: UInt64) -> Double { min(Double(duration) / length, 1) * Double(columns) }

    /// Times since the start, at the left end and at quarters of the width where they fit.
    var axis: StyledText {
        let parts = columns >= 40 ? 4 : columns >= 20 ? 2 : 1
        var line = StyledText("0", .muted)
        for part in 1..<max(parts, 2) {
            let label = NumberText.duration(length * Double(part) / Double(parts))
            let column = min(columns * part / parts, columns)
            line = line.padded(to: column) + StyledText(part == parts ? "" : "│" + label, .muted)
        }
        let total = StyledText(NumberText.duration(length), .muted)
        let room = columns - total.width
        return line.width < room ? line.padded(to: room) + total : line.truncated(to: columns)
    }

    private func position(_ time: UnixNanoseconds) -> Double {
        guard time > start else { return 0 }
        return min(Double(time - start) / length, 1) * Double(columns)
    }
}
