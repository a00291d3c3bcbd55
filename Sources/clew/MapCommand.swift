import ArgumentParser
import ClewAnalysis
import ClewDashboards

struct MapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map", abstract: "Show which services call which, and the databases and queues they use."
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    func run() async throws {
        let source = try global.source()
        let map = try await source.map(window.range(isFile: source.isFile))
        if global.json { return try Output.json(map) }
        guard !map.nodes.isEmpty else {
            throw Failure(.nothingFound, "no spans \(window.place(isFile: source.isFile))")
        }
        StandardStreams.write(MapPanel(map).render(global.renderOptions))
    }
}
