import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what changed, which service is to blame, and by how much.",
        discussion: """
            Compares two times, or two files: what got slower, what fails, what is called more often or no longer, and what \
            is logged; blame follows the requests to where they first deviate. Without a baseline it compares the slowest \
            tenth of each route with its typical requests.

              clew explain --window 10m --baseline 0s           the last ten minutes against those before
              clew explain 'POST /checkout' --baseline 1d       one route, against yesterday
              clew explain --file bad.json --baseline-file good.json
              clew explain                                      what makes slow requests slow

            Some faults show only in log lines. A file may hold both: cat traces.jsonl.gz logs.jsonl.gz > bad.jsonl.gz
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Argument(help: "Only the route whose server span has this name, for example 'POST /checkout'. Default: all.")
    var route: String?

    @Option(help: "Only routes of this service.")
    var service: String?

    @Option(help: "Compare with the window that ended this long before this one began, for example 0s, 1h or 1d.")
    var baseline: String?

    @Option(help: "Compare the file with this one.")
    var baselineFile: String?

    @Flag(help: "Do not look at log records.")
    var noLogs = false

    @Option(help: "Suspects shown at most.")
    var limit = 3

    @Flag(help: "Print Markdown, for a pull request or an incident document.")
    var md = false

    func validate() throws {
        try GlobalOptions.checkLimit(limit)
        if md, global.json { throw ValidationError("--md and --json exclude each other.") }
        guard baselineFile != nil else { return }
        if baseline != nil { throw ValidationError("--baseline and --baseline-file exclude each other.") }
        if global.file == nil {
            throw ValidationError("--baseline-file needs --file, the file that is compared with it.")
        }
    }

    func run() async throws {
        let explanation = try await explanation()
        if global.json { return try Output.json(explanation) }
        guard explanation.now.traces > 0, explanation.before.traces > 0 else { throw nothing(explanation) }
        var options = global.renderOptions
        if md { options.format = .markdown }
        StandardStreams.write(
            ExplainPanel(explanation, limit: limit, sourceFlags: global.sourceFlags).render(options))
    }

    private func explanation() async throws(Failure) -> Explanation {
        if let file = global.file, let baselineFile {
            let question = try question(isFile: true)
            return try FileSource(path: file).explain(question, against: FileSource(path: baselineFile))
        }
        let source = try global.source()
        let line = AnswerProgress()
        defer { line.clear() }
        var question = try question(isFile: source.isFile)
        question.progress = { line.show($0) }
        return try await source.explain(question)
    }

    private func question(isFile: Bool) throws(Failure) -> ExplainQuestion {
        if baseline != nil, isFile, !window.isGiven {
            throw Failure(
                .usage, "--baseline compares two times within the file: name the later one by --from and --to")
        }
        var question = ExplainQuestion(
            time: try window.range(isFile: isFile), service: service, operation: route, usesLogs: !noLogs)
        if let baseline { question.baseline = try WindowOptions.earlier(than: question.time, by: baseline) }
        return question
    }

    /// Why there is nothing to compare.
    private func nothing(_ explanation: Explanation) -> Failure {
        let what = route.map { "traces of '\($0)'" } ?? "traces"
        let whose = service.map { " of service '\($0)'" } ?? ""
        let place = window.place(isFile: global.file != nil)
        if explanation.comparison == .tail {
            return Failure(
                .nothingFound, "fewer than two complete \(what)\(whose) \(place); 'clew services' lists routes")
        }
        if explanation.now.traces == 0 {
            return Failure(.nothingFound, "no \(what)\(whose) \(place); 'clew services' lists routes")
        }
        let hint = "without a baseline the slow requests are compared with the typical"
        return Failure(.nothingFound, "the baseline has no \(what)\(whose): name another; \(hint)")
    }
}
