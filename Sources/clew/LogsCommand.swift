import ArgumentParser
import ClewDashboards
import ClewModel

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show log records, oldest of the newest first."
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Option(help: "Only this service; with '~' before it, a pattern.")
    var service: String?

    @Option(help: "Only this trace, whatever the window.")
    var trace: String?

    @Option(help: "This severity or worse: trace, debug, info, warn, error or fatal.")
    var severity: String?

    @Option(help: "Only messages that contain this text; ASCII letters in either case.")
    var text: String?

    @Option(help: "A condition on an attribute, as for 'clew find', with log: for the record's own; repeatable.")
    var attribute: [String] = []

    @Option(help: "At most this many, the newest.")
    var limit = 100

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    func run() async throws {
        let source = try global.source()
        let records = try await source.logs(query(isFile: source.isFile))
        if global.json { return try Output.json(records) }
        guard !records.isEmpty else {
            throw Failure(.nothingFound, "no log record meets these conditions \(place(isFile: source.isFile))")
        }
        var blocks = [Block.list(records.reversed().map(LogLine.full))]
        if records.count == limit {
            blocks.append(.paragraph(StyledText("The newest \(limit); --limit shows more.", .muted)))
        }
        StandardStreams.write(blocks.render(global.renderOptions))
    }

    private func place(isFile: Bool) -> String {
        trace != nil && !window.isGiven ? "in this trace" : window.place(isFile: isFile)
    }

    private func query(isFile: Bool) throws(Failure) -> LogQuery {
        var parameters: QueryParameters = [("limit", String(limit))] + attribute.map { ("attribute", $0) }
        for (name, value) in [("service", service), ("trace", trace), ("severity", severity)] {
            if let value { parameters.append((name, value)) }
        }
        do {
            var query = try LogQuery(parameters: parameters)
            // A trace is asked for by its id, and may be older than the default window.
            if trace == nil || window.isGiven { query.time = try window.range(isFile: isFile) }
            query.text = text
            return query
        } catch let error as QueryParameterError {
            throw Failure(.usage, "--\(error)")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.failed, "\(error)")
        }
    }
}
