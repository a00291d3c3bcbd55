import ArgumentParser
import ClewDashboards
import ClewModel

@main
struct ClewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clew",
        abstract: "Which hop made this request slow, and why now?",
        discussion: """
              clew slow                            which hop to blame, and examples
              clew explain --baseline 1h           what changed, which service is to blame, and the evidence
              clew path 'POST /checkout'           where a route's time goes, as one tree
              clew diff before.json after.json     what got slower, hop by hop
              clew trace ID --logs                 the path of one request
              clew journey --attribute order.id=X  what became of one order, across queues and compensations
              clew audit                           which known anti-patterns the telemetry shows
              clew find --status error             spans, and the ids of their traces
              clew dash render overview            the whole system on one page

            Asks the collector at CLEW_API (default \(GlobalOptions.defaultAPI)), or reads an OTLP JSON file given by \
            --file.

            Exit codes: 0 there is an answer (with --json also an empty one), 1 nothing was found, 2 the question could not \
            be answered, 3 there is what --fail-on forbids, 64 the command line is wrong, 69 the collector cannot be reached.
            """,
        version: ReleaseVersion.current,
        subcommands: [
            SlowCommand.self, TraceCommand.self, FindCommand.self, ExplainCommand.self, PathCommand.self,
            DiffCommand.self, ServicesCommand.self, REDCommand.self, MapCommand.self, JourneyCommand.self,
            SagasCommand.self, AuditCommand.self, LogsCommand.self, DashCommand.self, StatusCommand.self,
            EvaluateCommand.self, LoadCommand.self,
        ]
    )

    /// Parses and runs, and turns every failure into one sentence and a documented exit code.
    static func main() async {
        do {
            try refuseUnknownCommand(CommandLine.arguments.dropFirst().first)
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            // It may name what telemetry or a server said.
            let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false)
            let message = lines.map { PrintableText.sanitized($0) }.joined(separator: "\n")
            StandardStreams.writeError("clew: \(message)\n")
            exit(withError: ExitCode(failure.code.rawValue))
        } catch {
            exit(withError: error)
        }
    }

    /// The parser calls a misspelt command an unexpected argument, which tells nobody what to type.
    private static func refuseUnknownCommand(_ word: String?) throws(Failure) {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let word, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return }
        throw Failure(.usage, "there is no command '\(word)'; there are \(names.joined(separator: ", ")) and help")
    }
}
