import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct SlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slow",
        abstract: "Name the hop that makes a route slow.",
        discussion: """
            Compares the slow tail of each route with its typical requests, or, with --baseline, the whole window with an \
            earlier one of the same length. Times are those of the critical path, so the hops' changes sum to the slowdown.

              clew slow
              clew slow 'POST /checkout' --window 5m
              clew slow --window 10m --baseline 1h
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(
        help: "The route as its server span is named, for example 'POST /checkout'. Default: the one that lost most.")
    var route: String?

    @Option(help: "Only routes of this service.")
    var service: String?

    @Option(help: "Compare with the window that ended this long before this one began, for example 0s, 1h or 1d.")
    var baseline: String?

    @Flag(help: "Show every route, not only the one that lost most.")
    var all = false

    func run() async throws {
        let source = try global.source()
        if baseline != nil, source.isFile, !window.isGiven {
            throw Failure(
                .usage, "--baseline compares two times within the file: name the later one by --from and --to")
        }
        var question = SlowQuestion(
            time: try window.range(isFile: source.isFile), service: service, operation: route
        )
        if let baseline { question.baseline = try WindowOptions.earlier(than: question.time, by: baseline) }
        let reports = try await source.slow(question)
        if global.json { return try Output.json(SlowAnswer(reports: reports)) }
        guard let first = reports.first else { throw Failure(.nothingFound, nothing(isFile: source.isFile)) }
        let shown = all ? reports : [first]
        let options = global.renderOptions
        if baseline != nil, let lacking = lacking(shown) { StandardStreams.writeError("clew: \(lacking)\n") }
        let text = shown.map { SlowPanel($0, sourceFlags: global.sourceFlags).render(options) }
        StandardStreams.write(text.joined(separator: "\n"))
        if !all, reports.count > 1 {
            let more = NumberText.counted(reports.count - 1, "more route")
            StandardStreams.write("\n\(more): clew slow --all\(global.sourceFlags)\n")
        }
    }

    private func nothing(isFile: Bool) -> String {
        let what = route.map { "complete traces of '\($0)'" } ?? "complete traces"
        let whose = service.map { " of service '\($0)'" } ?? ""
        return "no \(what)\(whose) \(window.place(isFile: isFile)); 'clew services' lists routes"
    }

    /// Says that a comparison asked for was not made: without its baseline a route is compared with itself.
    private func lacking(_ reports: [SlowReport]) -> String? {
        let names = reports.filter { $0.comparison == .tail }.map { "'\($0.operation)'" }
        guard !names.isEmpty else { return nil }
        return "the baseline has no traces of \(names.joined(separator: ", ")): compared within this window instead"
    }
}
