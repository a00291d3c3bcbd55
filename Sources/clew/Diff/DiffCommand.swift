import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel
import Foundation

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two traces, files, versions or times: what got slower, hop by hop.",
        discussion: """
              clew diff before.json after.json                                  every route of two files
              clew diff 1.0.0 1.1.0 --by service.version --route 'POST /checkout'
              clew diff --route 'POST /checkout' --window 10m --baseline 1h      against as long a time an hour before
              clew diff 4bf92f3577b34da6a3ce929d0e0e4736 a374bd2a8da6a6acc9b5d9c2578d0421
              clew diff before.json after.json --fail-on '>10%,>50ms'           for CI: exit code 3

            The hops' changes sum to the change of the route's mean duration, which is what --fail-on is about; with both \
            of its limits, both must be exceeded. Changes below 5 % or 100 µs read 'same'. With --by, a trace belongs to the \
            second side where any of its spans has that value, otherwise to the first.
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(help: "Before and after: two trace ids, two OTLP JSON files, or with --by two values.")
    var sides: [String] = []

    @Option(help: "Only this route, for example 'POST /checkout'. Default: every route, the one that lost most first.")
    var route: String?

    @Option(help: "Only routes of this service.")
    var service: String?

    @Option(help: "The attribute whose values are compared, for example service.version.")
    var by: String?

    @Option(help: "Compare with the window that ended this long before this one began, for example 0s, 1h or 1d.")
    var baseline: String?

    @Option(help: "End with exit code 3 when a route's mean duration grew by more: '>10%', '>50ms' or '>10%,>50ms'.")
    var failOn: String?

    @Option(help: "Hops shown at most; the others are summed up.")
    var limit = 25

    @Flag(help: "Print Markdown, for a pull request or an incident document.")
    var md = false

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    func run() async throws {
        let regression = try self.regression
        let question = DiffQuestion(
            sides: sides, route: route, service: service, by: by, baseline: baseline,
            namesSource: global.file != nil || global.api != nil)
        let subject = try question.subject { FileManager.default.fileExists(atPath: $0) }
        let source = try global.source()
        if baseline != nil, source.isFile, !window.isGiven {
            throw Failure(
                .usage, "--baseline compares two times within the file: name the later one by --from and --to")
        }
        let isFile = source.isFile || subject.isFiles
        let search = DiffSearch(
            source: source, time: try window.range(isFile: isFile), route: route, service: service)
        let result = try await search.run(subject)
        try show(result, isFile: isFile)
        if let regression { try check(result.routes, regression) }
    }

    private var regression: RegressionLimit? {
        get throws(Failure) {
            guard let failOn else { return nil }
            do throws(RegressionLimitError) {
                return try RegressionLimit(text: failOn)
            } catch {
                throw Failure(.usage, "--fail-on: \(error)")
            }
        }
    }

    private func show(_ result: DiffSearch.Result, isFile: Bool) throws {
        if global.json { return try Output.json(result.routes) }
        guard !result.routes.diffs.isEmpty else {
            let what = route.map { "traces of '\($0)'" } ?? "traces of one route"
            let hint = result.hint.map { "; \($0)" } ?? ""
            let place = isFile && !window.isGiven ? "" : " " + window.place(isFile: isFile)
            throw Failure(
                .nothingFound, "no complete \(what) on both sides, \(result.before) and \(result.now)\(place)\(hint)")
        }
        let panel = DiffPanel(
            result.routes, before: result.before, now: result.now, notes: result.notes, limit: limit)
        StandardStreams.write(panel.render(global.renderOptions(markdown: md)))
    }

    /// Names what exceeds the limit, which need not be the route that is shown in full.
    private func check(_ routes: RouteDiffs, _ regression: RegressionLimit) throws {
        let exceeding = routes.exceeding(regression)
        guard !exceeding.isEmpty else { return }
        for diff in exceeding.prefix(Self.namedLimit) {
            let verdict = DiffPanel.verdict(diff).text
            StandardStreams.writeError("clew: --fail-on \(failOn ?? ""): \(verdict)\n")
        }
        throw ExitCode(Failure.Code.forbidden.rawValue)
    }

    /// Routes named where `--fail-on` forbids several.
    private static let namedLimit = 5
}

extension DiffSubject {
    /// Whether the sides are files, whose whole time is meant unless the user says otherwise.
    fileprivate var isFiles: Bool {
        if case .files = self { true } else { false }
    }
}
