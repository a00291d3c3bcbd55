import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct PathCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "path",
        abstract: "Show where a route's time goes: all its traces as one tree of hops.",
        discussion: """
            Times are those of the critical path: what a hop takes and none of its calls explains. The means of all hops sum \
            to the route's mean duration.

              clew path 'POST /checkout'
              clew path 'POST /checkout' --by service.version --window 1h
              clew path 'POST /checkout' --file spans.json --md

            With --by, traces are told apart by an attribute of their spans or resources. A trace with several values is in \
            a group of its own, 1.0.0+1.1.0; the eight largest groups are shown, the others are one.
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(help: "The route as its server span is named, for example 'POST /checkout'.")
    var route: String

    @Option(help: "Only the route of this service.")
    var service: String?

    @Option(help: "Tell traces apart by an attribute, for example service.version or service.instance.id.")
    var by: String?

    @Option(help: "Hops shown at most; the others are summed up.")
    var limit = 25

    @Flag(help: "Print Markdown, for a pull request or an incident document.")
    var md = false

    func validate() throws {
        try GlobalOptions.checkLimit(limit)
        if by == "" { throw ValidationError("--by names an attribute, for example service.version.") }
    }

    func run() async throws {
        let source = try global.source()
        let question = ProfileQuestion(
            time: try window.range(isFile: source.isFile), service: service, operation: route,
            grouping: by.map { TraceGrouping(by: $0) })
        let profiles = try await source.profile(question)
        if global.json { return try Output.json(ProfileAnswer(profiles: profiles)) }
        guard let first = profiles.first else {
            let whose = service.map { " of service '\($0)'" } ?? ""
            let place = window.place(isFile: source.isFile)
            throw Failure(
                .nothingFound, "no complete traces of '\(route)'\(whose) \(place); 'clew services' lists routes")
        }
        let panel = PathPanel(profiles.filter { $0.route == first.route }, by: by, limit: limit)
        StandardStreams.write(panel.render(global.renderOptions(markdown: md)))
        let others = Set(profiles.map(\.service)).subtracting([first.service]).sorted()
        if !others.isEmpty {
            // Not part of the answer, which may go into a document.
            StandardStreams.writeError(
                "clew: \(PrintableText.sanitized(others.joined(separator: ", "))) too: --service shows the route of another service\n"
            )
        }
    }
}
