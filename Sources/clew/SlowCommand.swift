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
        var question = SlowQuestion(
            time: try window.range(isFile: source.isFile && baseline == nil), service: service, operation: route
        )
        if let baseline { question.baseline = try earlier(than: question.time, by: baseline) }
        let reports = try await source.slow(question)
        if global.json { return try Output.json(SlowAnswer(reports: reports)) }
        guard let first = reports.first else { throw Failure(.nothingFound, nothing) }
        let shown = all ? reports : [first]
        let options = global.renderOptions
        let text = shown.map { SlowPanel($0).render(options) }.joined(separator: "\n")
        StandardStreams.write(text)
        if !all, reports.count > 1 {
            let more = NumberText.counted(reports.count - 1, "more route")
            StandardStreams.write("\n\(more): clew slow --all\n")
        }
    }

    private var nothing: String {
        let what = route.map { "requests of '\($0)'" } ?? "requests"
        return "no \(what) in this window; try a longer --window, or 'clew services' to see what there is"
    }

    private func earlier(than time: Range<UnixNanoseconds>, by text: String) throws(Failure) -> Range<UnixNanoseconds> {
        guard let gap = DurationText.parse(text) else {
            throw Failure(.usage, "--baseline: '\(text)' is not a duration such as 0s, 1h or 1d")
        }
        let length = time.upperBound - time.lowerBound
        guard time.lowerBound > gap, time.lowerBound - gap > length else {
            throw Failure(.usage, "--baseline: there is no time that long before the window")
        }
        let end = time.lowerBound - gap
        return (end - length)..<end
    }
}
