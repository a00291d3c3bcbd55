import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct SagasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sagas",
        abstract: "What became of sagas: how many ended how, how long they took, and which are stuck or parked.",
        discussion: """
            A saga is stuck when it runs for longer than 10 s and twice the p99 of the finished ones of its name.

              clew sagas
              clew sagas checkout --window 2h
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(help: "Only sagas of this name.")
    var name: String?

    @Option(help: "Sagas without an end shown at most; the rest is counted.")
    var limit = 20

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    func run() async throws {
        let source = try global.source()
        var report = try await source.sagas(window.range(isFile: source.isFile))
        if let name {
            report.rows.removeAll { $0.name != name }
            report.unfinished.removeAll { $0.name != name }
        }
        if global.json { return try Output.json(report) }
        guard !report.rows.isEmpty else {
            let what = name.map { "no saga '\($0)'" } ?? "no sagas"
            throw Failure(.nothingFound, "\(what) \(window.place(isFile: source.isFile))")
        }
        let panel = SagaPanel(report, limit: limit, sourceFlags: global.sourceFlags)
        StandardStreams.write(panel.render(global.renderOptions))
    }
}
