import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show the path of one request, with its critical path and errors marked."
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The trace's id: 32 hexadecimal digits, as 'clew slow', 'clew find' and log lines show it.")
    var id: String

    @Flag(help: "Show the trace's log lines too.")
    var logs = false

    @Flag(help: "Show every span's attributes, events and links.")
    var attributes = false

    @Option(help: "Spans drawn at most; the rest is counted.")
    var limit = 100

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    /// Log records asked for; what a waterfall can hold is far less.
    private static let logLimit = 1000

    func run() async throws {
        guard let traceID = TraceID(hex: id) else {
            throw Failure(
                .usage, "'\(id)' is not a trace id, which has 32 hexadecimal digits; 'clew find --roots' lists some")
        }
        let source = try global.source()
        let spans = try await source.trace(traceID)
        guard !spans.isEmpty else {
            throw Failure(.nothingFound, "no span of trace \(id) is stored; 'clew find --roots' lists what is")
        }
        if global.json { return try Output.json(spans) }
        let records = logs ? try await source.logs(LogQuery(traceID: traceID, limit: Self.logLimit)) : []
        let trace = Trace(spans: spans.map { SpanSummary($0) })
        let options = global.renderOptions
        var blocks = WaterfallPanel(trace, spans: spans, logs: records, limit: limit).blocks(options)
        if logs, records.isEmpty { blocks.append(.paragraph("No log record carries this trace's id.")) }
        if attributes { blocks += SpanDetails(trace: trace, spans: spans).blocks }
        StandardStreams.write(blocks.render(options))
    }
}
