import ArgumentParser

@main
struct ClewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clew",
        abstract: "Which hop made this request slow, and why now?",
        discussion: """
            Asks the collector at CLEW_API (default \(GlobalOptions.defaultAPI)), or reads an OTLP JSON file given by \
            --file.

            Exit codes: 0 there is an answer, 1 nothing was found, 2 the question could not be answered, 64 the command \
            line is wrong, 69 the collector cannot be reached.
            """,
        subcommands: [
            SlowCommand.self, TraceCommand.self, FindCommand.self, ServicesCommand.self, REDCommand.self,
            MapCommand.self, LogsCommand.self, DashCommand.self, StatusCommand.self, LoadCommand.self,
        ]
    )

    /// Parses and runs, and turns every failure into one sentence and a documented exit code.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            StandardStreams.writeError("clew: \(failure.message)\n")
            exit(withError: ExitCode(failure.code.rawValue))
        } catch {
            exit(withError: error)
        }
    }
}
