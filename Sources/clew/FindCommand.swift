import ArgumentParser
import ClewDashboards
import ClewModel

struct FindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Find spans, newest first.",
        discussion: """
              clew find --service orders --min-duration 200ms
              clew find --status error --attribute 'http.response.status_code>=500' --window 1h
              clew find --operation '~GET .*' --attribute 'event:exception.type=~.*Timeout'

            An --attribute is KEY (it is there), !KEY (it is not), KEY=VALUE, !=, >, >=, <, <=, KEY=~PATTERN or KEY!~PATTERN.
            It is looked for on the span, then on its resource; span:, resource:, scope:, event: or link: before the key \
            says where: event:name=exception. A pattern is a regular expression for the whole text: .*time.* finds it \
            anywhere, (?i) ignores case.
            """
    )

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Option(help: "Only this service; with '~' before it, a pattern.")
    var service: String?

    @Option(help: "Only spans of this name; with '~' before it, a pattern.")
    var operation: String?

    @Option(help: "Only this kind: server, client, internal, producer or consumer; repeatable.")
    var kind: [String] = []

    @Option(help: "Only this status: unset, ok or error.")
    var status: String?

    @Option(help: "At least this long, for example 250ms.")
    var minDuration: String?

    @Option(help: "At most this long.")
    var maxDuration: String?

    @Option(help: "A condition on an attribute, see above; repeatable, all must hold.")
    var attribute: [String] = []

    @Flag(help: "Only root spans.")
    var roots = false

    @Option(help: "At most this many.")
    var limit = 20

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    func run() async throws {
        let source = try global.source()
        let spans = try await source.spans(query(isFile: source.isFile))
        if global.json { return try Output.json(spans) }
        guard !spans.isEmpty else {
            throw Failure(.nothingFound, "no span meets these conditions \(window.place(isFile: source.isFile))")
        }
        var blocks = [Block.table(table(spans))]
        if spans.count == limit {
            blocks.append(.paragraph(StyledText("The newest \(limit); --limit shows more.", .muted)))
        }
        StandardStreams.write(blocks.render(global.renderOptions))
    }

    private func query(isFile: Bool) throws(Failure) -> SpanQuery {
        var parameters: QueryParameters = [("limit", String(limit)), ("roots", String(roots))]
        parameters += kind.map { ("kind", $0) } + attribute.map { ("attribute", $0) }
        let single = [
            ("service", service), ("operation", operation), ("status", status), ("min-duration", minDuration),
            ("max-duration", maxDuration),
        ]
        for (name, value) in single {
            if let value { parameters.append((name, value)) }
        }
        do {
            var query = try SpanQuery(parameters: parameters)
            query.time = try window.range(isFile: isFile)
            return query
        } catch let error as QueryParameterError {
            throw Failure(.usage, "--\(error)")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.failed, "\(error)")
        }
    }

    private func table(_ spans: [Span]) -> Table {
        var table = Table(columns: [
            Table.Column("start (UTC)", dropOrder: 2), Table.Column("trace"), Table.Column("service", minimumWidth: 8),
            Table.Column("operation", minimumWidth: 12), Table.Column("kind", dropOrder: 3),
            Table.Column("duration", .right),
            Table.Column("status", dropOrder: 1),
        ])
        table.rows = spans.map { span in
            [
                StyledText(TimeText.millisecond(span.start), .muted), StyledText(span.traceID.hex),
                StyledText(span.resource.serviceName, .accent), StyledText(span.name),
                StyledText(span.kind.text, .muted),
                StyledText(DurationText.format(span.duration)),
                span.status.code == .error ? StyledText("error", .error) : StyledText(span.status.code.text, .muted),
            ]
        }
        return table
    }
}
