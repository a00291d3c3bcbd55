import ClewModel

/// Values over time as lines above a time axis, with a value axis from zero and a legend.
struct LineChart {
    struct Series {
        var name: String
        /// One value per step of time; `nil` where nothing was measured.
        var values: [Double?]

        var isEmpty: Bool { values.allSatisfy { $0 == nil } }
    }

    var series: [Series]
    var unit: ValueUnit
    var from: UnixNanoseconds
    var to: UnixNanoseconds
    /// Rows of the plot, without the axis.
    var height = 8

    func lines(width: Int, charset: Charset) -> [StyledText] {
        let top = unit.axisTop(series.flatMap(\.values).reduce(0) { max($0, $1 ?? 0) })
        let labels = axisLabels(top)
        let gutter = max(labels.map(\.count).max() ?? 0, 3)
        let names = nameWidth(width)
        let canvas = draw(columns: max(width - gutter - 1 - names, 1), top: top, charset: charset)
        let ends = endLabels(canvas, top)
        let plot = (0..<height).map { row in
            StyledText(labels[row], .muted).fitted(to: gutter, .right)
                + StyledText(labels[row].isEmpty ? "│" : "┤", .muted) + canvas.row(row)
                + (ends[row] ?? StyledText()).truncated(to: names)
        }
        return plot + TimeAxis(from: from, to: to).lines(gutter: gutter, width: canvas.columns)
            + legend(width: width, charset: charset)
    }

    /// Labels at the top, the middle and the bottom.
    private func axisLabels(_ top: Double) -> [String] {
        (0..<height).map { row in
            switch row {
            case 0: unit.text(top)
            case height / 2 where height >= 4: unit.text(top * Double(height - row) / Double(height))
            case height - 1: "0"
            default: ""
            }
        }
    }

    /// Without colour, several lines are told apart by their names at the right end.
    private func nameWidth(_ width: Int) -> Int {
        guard series.count > 1, width >= 48 else { return 0 }
        return min((series.map { PrintableText.width(PrintableText.sanitized($0.name)) }.max() ?? 0) + 1, width / 4)
    }

    private func draw(columns: Int, top: Double, charset: Charset) -> DotCanvas {
        var canvas = DotCanvas(columns: columns, rows: height, charset: charset)
        // The first series is drawn last, so that it stays on top.
        for (index, series) in series.enumerated().reversed() {
            var previous: (x: Int, y: Int)?
            for (x, value) in points(series, canvas.width) {
                guard let value else {
                    previous = nil
                    continue
                }
                let point = (x: x, y: y(value, top, canvas.height))
                canvas.line(from: previous ?? point, to: point, series: index)
                previous = point
            }
        }
        return canvas
    }

    private func y(_ value: Double, _ top: Double, _ height: Int) -> Int {
        height - 1 - Int((min(max(value / top, 0), 1) * Double(height - 1)).rounded())
    }

    /// A point per value in the middle of its step, or, with more values than dots, the highest value of each dot.
    private func points(_ series: Series, _ width: Int) -> [(x: Int, value: Double?)] {
        let count = series.values.count
        guard count > width else {
            return series.values.enumerated().map { index, value in
                (x: count == 0 ? 0 : (2 * index + 1) * width / (2 * count), value: value)
            }
        }
        return (0..<width).map { x in
            let values = series.values[(x * count / width)..<((x + 1) * count / width)]
            return (x: x, value: values.compactMap(\.self).max())
        }
    }

    /// The names by plot row, each at the height where its line ends or one row beside it where two meet.
    ///
    /// A name without such a place is left to the legend: further off it would point at another line's end.
    private func endLabels(_ canvas: DotCanvas, _ top: Double) -> [Int: StyledText] {
        guard series.count > 1 else { return [:] }
        var result: [Int: StyledText] = [:]
        for (index, series) in series.enumerated() {
            guard let last = series.values.last(where: { $0 != nil }) ?? nil else { continue }
            let wanted = y(last, top, canvas.height) * height / canvas.height
            guard let row = [wanted, wanted - 1, wanted + 1].first(where: { 0..<height ~= $0 && result[$0] == nil })
            else { continue }
            result[row] = StyledText(" \(series.name)", .series(index))
        }
        return result
    }

    /// Each series with its last and its highest value, in columns that line up, as many to a line as fit.
    private func legend(width: Int, charset: Charset) -> [StyledText] {
        let figures = series.map(figures)
        let lasts = figures.map(\.last.count).max() ?? 0
        let highests = figures.map(\.highest.count).max() ?? 0
        let names = series.map { PrintableText.width(PrintableText.sanitized($0.name)) }.max() ?? 0
        let room = max(width - lasts - highests - Self.legendWords, 1)
        let entries = zip(series, figures).enumerated().map { index, entry in
            let mark = charset == .ascii ? DotCanvas.mark(index) : "━"
            let name = StyledText(entry.0.name).fitted(to: min(names, room)).styled(.series(index))
            return StyledText("\(mark) ", .series(index)) + name
                + StyledText(" last ", .muted) + StyledText(entry.1.last, .strong).padded(to: lasts, .right)
                + StyledText(" max ", .muted) + StyledText(entry.1.highest).padded(to: highests, .right)
        }
        return StyledText.packed(entries, to: width)
    }

    /// Columns of the mark and of the words `last` and `max`, with their spaces.
    private static let legendWords = 2 + 6 + 5

    private func figures(_ series: Series) -> (last: String, highest: String) {
        let values = series.values.compactMap(\.self)
        guard let last = values.last, let highest = values.max() else { return ("–", "–") }
        return (unit.text(last), unit.text(highest))
    }
}
