import ClewModel

/// What runs of a scenario with and without its pattern came to, side by side.
public struct PatternMeasurement: Hashable, Sendable {
    /// The columns of ``markdown``, and the line below them.
    public static let markdownHeader = """
        | Pattern | Fault | Load | Route | Without: goodput /s | Without: p99 | With: goodput /s | With: p99 |
        |---|---|---|---|---|---|---|---|
        """

    public let scenario: PatternScenario
    private var with: [RouteReport] = []
    private var without: [RouteReport] = []

    public init(_ scenario: PatternScenario) {
        self.scenario = scenario
    }

    /// - Parameter isWithout: Whether it is that of a run without the pattern.
    public mutating func add(_ report: RouteReport, isWithout: Bool) {
        if isWithout {
            without.append(report)
        } else {
            with.append(report)
        }
    }

    /// A row for each route; figures are medians, with their range in brackets.
    public var markdown: String {
        scenario.routes.map { route in
            let cells = [scenario.pattern.rawValue, "`\(scenario.faultText)`", scenario.loadText, "`\(route)`"]
            return "| \((cells + figures(of: route)).joined(separator: " | ")) |"
        }.joined(separator: "\n")
    }

    /// The same for a terminal, with what to look at.
    public var text: String {
        let head = ["route", "without: goodput /s", "p99", "with: goodput /s", "p99"]
        let rows = [head] + scenario.routes.map { [$0] + figures(of: $0) }
        return """
            \(scenario.pattern): \(scenario.faultText)
            \(scenario.loadText)
            \(scenario.note)

            \(Self.aligned(rows).joined(separator: "\n"))
            """
    }

    /// Goodput and p99 without the pattern, then with it.
    private func figures(of route: String) -> [String] {
        [without, with].flatMap { reports -> [String] in
            let figures = reports.map { $0.figures(of: route) }
            let times = figures.filter { $0.requests > 0 }.map(\.p99)
            return [
                Spread(figures.map(\.goodput)).text { "\(($0 * 10).rounded() / 10)" },
                times.isEmpty ? "–" : Spread(times).text(Self.time),
            ]
        }
    }

    private static func time(_ seconds: Double) -> String {
        DurationText.format(UInt64(exactly: (seconds * 1e9).rounded()) ?? .max)
    }

    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = rows.reduce(into: [Int](repeating: 0, count: rows.first?.count ?? 0)) { widths, row in
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return "  " + cells.joined(separator: "  ")
        }
    }
}
