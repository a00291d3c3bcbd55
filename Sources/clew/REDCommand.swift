import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct REDCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "red", abstract: "Rate, errors and duration of each service, or of one service's operations."
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(help: "A service; its operations are shown one by one.")
    var service: String?

    func run() async throws {
        let source = try global.source()
        let time = try window.range(isFile: source.isFile)
        let report = try await source.red(REDQuestion(time: time, service: service))
        if global.json { return try Output.json(report) }
        let rows = report.rows.filter { service == nil ? $0.operation.isEmpty : !$0.operation.isEmpty }
        guard !rows.isEmpty else {
            let place = window.place(isFile: source.isFile)
            guard let service else { throw Failure(.nothingFound, "no requests \(place)") }
            throw Failure(.nothingFound, "no requests to '\(service)' \(place); 'clew services' lists the services")
        }
        let period = StyledText(TimeText.range(report.from, report.to), .muted)
        StandardStreams.write([.table(table(rows, report)), .paragraph(period)].render(global.renderOptions))
    }

    private func table(_ rows: [REDReport.Row], _ report: REDReport) -> Table {
        var table = Table(columns: [
            Table.Column(service == nil ? "service" : "operation", minimumWidth: 12), Table.Column("requests", .right),
            Table.Column("rate", .right, dropOrder: 2), Table.Column("errors", .right), Table.Column("p50", .right),
            Table.Column("p95", .right), Table.Column("p99", .right, dropOrder: 1),
            Table.Column("max", .right, dropOrder: 3),
        ])
        table.rows = rows.map { row in
            [
                StyledText(service == nil ? row.service : row.operation, .accent),
                StyledText(NumberText.grouped(row.count)),
                StyledText(NumberText.rate(row.count, over: report.to - report.from)),
                ErrorShareText.text(errors: row.errors, count: row.count),
            ]
                + [row.durations.p50, row.durations.p95, row.durations.p99, row.durations.max].map {
                    StyledText(DurationText.format($0))
                }
        }
        return table
    }
}
