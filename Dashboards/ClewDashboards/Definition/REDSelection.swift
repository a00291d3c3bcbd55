import ClewAnalysis

/// The rows of a RED report that a panel shows, put together as it asks.
struct REDSelection {
    /// One group, with the name to show.
    struct Group {
        var name: String
        var row: REDReport.Row
    }

    private let report: REDReport
    private let rows: [REDReport.Row]

    /// - Parameters:
    ///   - service: Only this one; empty for all.
    ///   - services: Only these; `nil` for all.
    init(_ report: REDReport, service: String = "", services: Set<String>? = nil) {
        self.report = report
        rows = report.rows.filter { row in
            row.count > 0 && (service.isEmpty || row.service == service) && (services?.contains(row.service) ?? true)
        }
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Nanoseconds that the report covers.
    var period: UInt64 { report.to > report.from ? report.to - report.from : 0 }
    var step: UInt64 { report.step }
    var serviceCount: Int { Set(rows.map(\.service)).count }
    var operationCount: Int { operations.count }

    /// The busiest first; equal ones by name.
    func groups(_ grouping: PanelDefinition.Grouping) -> [Group] {
        let groups: [Group]
        switch grouping {
        case .service: groups = services.map { Group(name: $0.service, row: $0) }
        case .operation:
            let isOne = serviceCount == 1
            groups = operations.map { Group(name: isOne ? $0.operation : "\($0.service) \($0.operation)", row: $0) }
        case .total, .route, .hop: groups = isEmpty ? [] : [Group(name: "all", row: total)]
        }
        return groups.sorted { ($1.row.count, $0.name) < ($0.row.count, $1.name) }
    }

    /// All rows as one.
    var total: REDReport.Row { Self.merged(services, service: "", operation: "") }

    private var operations: [REDReport.Row] { rows.filter { !$0.operation.isEmpty } }

    /// Rows of whole services where the report has them, otherwise their operations together.
    private var services: [REDReport.Row] {
        Dictionary(grouping: rows, by: \.service).sorted { $0.key < $1.key }.map { service, rows in
            rows.first { $0.operation.isEmpty } ?? Self.merged(rows, service: service, operation: "")
        }
    }

    private static func merged(_ rows: [REDReport.Row], service: String, operation: String) -> REDReport.Row {
        if rows.count == 1, var only = rows.first {
            (only.service, only.operation) = (service, operation)
            return only
        }
        var histogram = DurationHistogram()
        for row in rows { histogram.merge(row.histogram) }
        let length = rows.map(\.series.count).max() ?? 0
        return REDReport.Row(
            service: service,
            operation: operation,
            count: Int.sum(rows.map(\.count)),
            errors: Int.sum(rows.map(\.errors)),
            durations: histogram.quantiles(maximum: rows.map(\.durations.max).max() ?? 0),
            series: (0..<length).map { step in
                merged(rows.compactMap { $0.series.indices.contains(step) ? $0.series[step] : nil })
            },
            histogram: histogram
        )
    }

    private static func merged(_ points: [REDReport.Point]) -> REDReport.Point {
        if points.count == 1 { return points[0] }
        var histogram = DurationHistogram()
        for point in points { histogram.merge(point.histogram) }
        return REDReport.Point(
            count: Int.sum(points.map(\.count)),
            errors: Int.sum(points.map(\.errors)),
            p50: histogram.quantile(0.5),
            p95: histogram.quantile(0.95),
            p99: histogram.quantile(0.99),
            histogram: histogram
        )
    }
}

extension PanelDefinition.Value {
    /// The figure of a whole row.
    func number(_ row: REDReport.Row, in selection: REDSelection) -> Double {
        switch self {
        case .rate: NumberText.perSecond(row.count, over: selection.period)
        case .requests: Double(row.count)
        case .errors: Double(row.errors)
        case .errorShare: row.errorShare
        case .p50: Double(row.durations.p50)
        case .p90: Double(row.durations.p90)
        case .p95: Double(row.durations.p95)
        case .p99: Double(row.durations.p99)
        case .max: Double(row.durations.max)
        case .services: Double(selection.serviceCount)
        case .operations: Double(selection.operationCount)
        }
    }

    /// The figure over time; `nil` where a step has no requests to speak of. Empty for figures without a course.
    func course(_ row: REDReport.Row, step: UInt64) -> [Double?] {
        switch self {
        case .rate: row.series.map { NumberText.perSecond($0.count, over: step) }
        case .requests: row.series.map { Double($0.count) }
        case .errors: row.series.map { Double($0.errors) }
        case .errorShare: row.series.map { $0.count == 0 ? nil : Double($0.errors) / Double($0.count) }
        case .p50: row.series.map { $0.count == 0 ? nil : Double($0.p50) }
        case .p95: row.series.map { $0.count == 0 ? nil : Double($0.p95) }
        case .p99: row.series.map { $0.count == 0 ? nil : Double($0.p99) }
        case .p90, .max, .services, .operations: []
        }
    }

    /// The figure as text, in the colour that it deserves.
    func text(_ row: REDReport.Row, in selection: REDSelection) -> StyledText {
        switch self {
        case .errorShare: ErrorShareText.text(errors: row.errors, count: row.count)
        case .errors: StyledText(NumberText.count(row.errors), row.errors > 0 ? .error : .muted)
        case .requests: StyledText(NumberText.count(row.count))
        default: StyledText(unit.text(number(row, in: selection)))
        }
    }
}

extension Int {
    /// The sum, stopping at the largest number: counts may come from a file that somebody else wrote.
    fileprivate static func sum(_ values: [Int]) -> Int {
        values.reduce(0) { sum, value in
            let (total, overflowed) = sum.addingReportingOverflow(value)
            return overflowed ? .max : total
        }
    }
}
