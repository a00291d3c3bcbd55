import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel
import Foundation

struct DashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dash",
        abstract: "Render text dashboards.",
        subcommands: [Render.self, List.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the dashboards that come with clew.")

        func run() throws {
            StandardStreams.write(Dashboard.builtInNames.map { $0 + "\n" }.joined())
        }
    }
}
