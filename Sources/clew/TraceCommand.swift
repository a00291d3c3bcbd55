import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel

struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show the path of one request, with its critical path and errors marked, and why it was slow.",
        discussion: """
            The trace is compared with others of its route. A mark such as ×4.2 says how many times the usual duration \
            of its operation (the median, p50) a span took; only spans above the p95 of the others have one.

              clew trace 4bf92f3577b34da6a3ce929d0e0e4736 --logs
              clew trace 4bf92f3577b34da6a3ce929d0e0e4736 --compare 1d
            """
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

    @Option(help: "Compare with traces that began up to so long before, or 'off'. Default: 3h; in a file, all others.")
    var compare: String?

    func validate() throws { try GlobalOptions.checkLimit(limit) }

    /// Log records asked for; what a waterfall can hold is far less.
    private static let logLimit = 1000

    func run() async throws {
        guard let traceID = TraceID(hex: id) else {
            throw Failure(
                .usage, "'\(id)' is not a trace id, which has 32 hexadecimal digits; 'clew find --roots' lists some")
        }
        let window = try window()
        let source = try global.source()
        let spans = try await source.trace(traceID)
        guard !spans.isEmpty else {
            throw Failure(.nothingFound, "no span of trace \(id) is stored; 'clew find --roots' lists what is")
        }
        if global.json { return try Output.json(spans) }
        let records = logs ? try await source.logs(LogQuery(traceID: traceID, limit: Self.logLimit)) : []
        let trace = Trace(spans: spans.map { SpanSummary($0) })
        let options = global.renderOptions
        let (comparison, obstacle) = await compared(trace, traceID, window, source)
        var blocks = WaterfallPanel(trace, spans: spans, logs: records, limit: limit, comparison: comparison)
            .blocks(options)
        if let obstacle { blocks.append(.paragraph(StyledText(obstacle, .muted))) }
        if logs, records.isEmpty { blocks.append(.paragraph("No log record carries this trace's id.")) }
        if attributes { blocks += SpanDetails(trace: trace, spans: spans).blocks }
        StandardStreams.write(blocks.render(options))
    }

    private static let off = "off"

    /// Nanoseconds before the trace in which the others began; `nil` where the source is to choose.
    private func window() throws(Failure) -> UInt64? {
        guard let compare, compare != Self.off else { return nil }
        return try WindowOptions.length(compare, flag: "--compare")
    }

    /// The comparison, or why there is none: a trace is shown all the same.
    private func compared(
        _ trace: Trace, _ id: TraceID, _ window: UInt64?, _ source: any TelemetrySource
    ) async -> (TraceComparison?, obstacle: String?) {
        guard compare != Self.off else { return (nil, nil) }
        do throws(Failure) {
            let baseline = try await source.baseline(of: id, window: window)
            // A trace that is alone is shown as it is.
            return (baseline.traceCount > 0 ? TraceComparison(trace, baseline: baseline) : nil, nil)
        } catch {
            return (nil, "Not compared with other traces: \(error.message).")
        }
    }
}
