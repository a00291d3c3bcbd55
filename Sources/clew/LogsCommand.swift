import ArgumentParser
import ClewDashboards
import ClewModel

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show log records, oldest of the newest first."
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Option(help: "Only this service.")
    var service: String?

    @Option(help: "Only this trace, whatever the window.")
    var trace: String?

    @Option(help: "This severity or worse: trace, debug, info, warn, error or fatal.")
    var severity: String?

    @Option(help: "Only messages that contain this text; ASCII letters in either case.")
    var text: String?

    @Option(help: "A condition on an attribute, as for 'clew find'; repeatable.")
    var attribute: [String] = []

    @Option(help: "At most this many, the newest.")
    var limit = 100

    func run() async throws {
        let source = try global.source()
        let records = try await source.logs(query(isFile: source.isFile))
        if global.json { return try Output.json(records) }
        guard !records.isEmpty else {
            throw Failure(.nothingFound, "no log record in this window meets these conditions")
        }
        StandardStreams.write([Block.list(records.reversed().map(line))].render(global.renderOptions))
    }

    /// `2026-01-31 12:00:00.123 WARN  orders the message key=value`.
    private func line(_ record: LogRecord) -> StyledText {
        let details = record.attributes.map { " \($0.key)=\($0.value)" }.joined()
        return StyledText(TimeText.date(record.effectiveTime), .muted) + " \(record.resource.serviceName, .accent) "
            + LogLine.text(record) + StyledText(details, .muted)
    }

    private func query(isFile: Bool) throws(Failure) -> LogQuery {
        var parameters: QueryParameters = [("limit", String(limit))] + attribute.map { ("attribute", $0) }
        for (name, value) in [("trace", trace), ("severity", severity)] {
            if let value { parameters.append((name, value)) }
        }
        do {
            var query = try LogQuery(parameters: parameters)
            // A trace is asked for by its id, and may be older than the default window.
            if trace == nil || window.isGiven { query.time = try window.range(isFile: isFile) }
            (query.service, query.text) = (service, text)
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
