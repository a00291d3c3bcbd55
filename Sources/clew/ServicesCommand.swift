import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services", abstract: "List the services and the operations by which requests enter them."
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    /// What `--json` prints for each service.
    struct Listed: Codable {
        var name: String
        var operations: [String]
        var requests: Int
        var errors: Int
    }

    func run() async throws {
        let source = try global.source()
        let time = try window.range(isFile: source.isFile)
        let report = try await source.red(REDQuestion(time: time))
        let services = report.rows.filter(\.operation.isEmpty).map { total in
            let operations = report.rows.filter { $0.service == total.service && !$0.operation.isEmpty }.map(
                \.operation)
            return Listed(name: total.service, operations: operations, requests: total.count, errors: total.errors)
        }
        if global.json { return try Output.json(["services": services]) }
        guard !services.isEmpty else {
            throw Failure(.nothingFound, "no service answered a request \(window.place(isFile: source.isFile))")
        }
        var table = Table(columns: [
            Table.Column("service", minimumWidth: 8), Table.Column("requests", .right),
            Table.Column("errors", .right, dropOrder: 1),
            Table.Column("operations", minimumWidth: 16),
        ])
        table.rows = services.map { service in
            [
                StyledText(service.name, .accent), StyledText(NumberText.grouped(service.requests)),
                StyledText(NumberText.grouped(service.errors), service.errors > 0 ? .error : .muted),
                StyledText(service.operations.joined(separator: ", ")),
            ]
        }
        StandardStreams.write([Block.table(table)].render(global.renderOptions))
    }
}
