import ClewModel

/// Prints batches for people who read along: spans as the tree of their trace, metrics and log records a line each.
///
/// The form is for eyes and may change; programs read `otlp/stdout`.
struct ConsoleExporter: TelemetryExporter {
    private let output: LogOutput

    init(_ output: LogOutput) {
        self.output = output
    }

    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        let text = Array(ConsoleText.text(batch).utf8)
        let written: Void? = await BlockingWork.run { [output] in output.write(text) }
        return .sent(lost: written == nil ? batch.count : 0, tooLarge: 0)
    }

    func shutdown() async {}
}

/// The words of a ``ConsoleExporter``.
enum ConsoleText {
    /// Spans deeper than this stand as deep as this.
    private static let maximumDepth = 20
    /// The longest value; an attribute can be a whole document.
    private static let maximumLength = 200

    static func text(_ batch: TelemetryBatch) -> String {
        var lines: [String] =
            switch batch {
            case .spans(let spans): self.lines(spans)
            case .logs(let records): records.map(line)
            case .metrics(let metrics): metrics.flatMap(lines)
            }
        lines.append("")
        return lines.joined(separator: "\n")
    }

    // MARK: Spans

    /// The spans of each trace under its id, in the order of their starts, each below its parent where that is here too.
    private static func lines(_ spans: [ClewModel.Span]) -> [String] {
        var traces: [TraceID] = []
        var members: [TraceID: [ClewModel.Span]] = [:]
        for span in spans {
            if members[span.traceID] == nil { traces.append(span.traceID) }
            members[span.traceID, default: []].append(span)
        }
        return traces.flatMap { trace -> [String] in
            let spans = members[trace] ?? []
            let service = spans.first.map { clean($0.resource.serviceName) } ?? ""
            return ["trace \(trace.hex) \(service)"] + tree(spans).flatMap { lines($0.span, depth: $0.depth) }
        }
    }

    /// The spans of one trace from the roots down, without recursion: a trace is as deep as a program makes it.
    private static func tree(_ spans: [ClewModel.Span]) -> [(span: ClewModel.Span, depth: Int)] {
        let ids = Set(spans.map(\.spanID))
        var children: [SpanID: [ClewModel.Span]] = [:]
        var waiting: [(span: ClewModel.Span, depth: Int)] = []
        // The latest first, so that the earliest is taken first from the end.
        for span in spans.sorted(by: { $0.start > $1.start }) {
            if let parent = span.parentSpanID, parent != span.spanID, ids.contains(parent) {
                children[parent, default: []].append(span)
            } else {
                waiting.append((span, 0))
            }
        }
        var result: [(span: ClewModel.Span, depth: Int)] = []
        while let next = waiting.popLast() {
            result.append(next)
            // Taken out, so that spans that claim to be each other's parents end.
            let below = children.removeValue(forKey: next.span.spanID) ?? []
            waiting += below.map { ($0, min(next.depth + 1, maximumDepth)) }
        }
        return result + children.values.joined().map { ($0, 0) }
    }

    private static func lines(_ span: ClewModel.Span, depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        var text = "  \(clock(span.start))  \(padded(DurationText.format(span.duration), to: 7))  \(indent)"
        text += clean(span.name)
        if span.kind != .internal, span.kind != .unspecified { text += " (\(span.kind))" }
        if span.status.code == .error {
            text += " ERROR" + (span.status.message.isEmpty ? "" : ": \(clean(span.status.message))")
        }
        let margin = String(repeating: " ", count: 16) + indent
        let events = span.events.map { event in
            let offset = DurationText.format(event.time > span.start ? event.time - span.start : 0)
            return "\(margin)+\(padded(offset, to: 6))  \(clean(event.name))\(list(event.attributes))"
        }
        let links = span.links.map { "\(margin)link to \($0.traceID.hex) \($0.spanID.hex)\(list($0.attributes))" }
        return [text + list(span.attributes)] + events + links
    }

    // MARK: Logs

    private static func line(_ record: LogRecord) -> String {
        let severity =
            record.severityText.isEmpty ? Severity(number: record.severityNumber)?.text ?? "" : record.severityText
        var text = "\(clock(record.effectiveTime))  \(padded(clean(severity), to: 8))  "
        text += "\(clean(record.scope.name)): \(clean(record.body.description))\(list(record.attributes))"
        if let trace = record.traceID { text += "  trace=\(trace.hex)" }
        return text
    }

    // MARK: Metrics

    private static func lines(_ metric: Metric) -> [String] {
        let unit = metric.unit.isEmpty ? "" : " \(clean(metric.unit))"
        func line(_ point: PointContext, _ value: String) -> String {
            "\(clock(point.time))  \(clean(metric.name))\(list(point.attributes))  = \(value)"
        }
        func summary(_ count: UInt64, _ sum: Double?) -> String {
            let mean = count > 0 ? sum.map { ", mean \($0 / Double(count))\(unit)" } ?? "" : ""
            return "\(count) values" + mean
        }
        switch metric.data {
        case .gauge(let points), .sum(let points, _, _):
            return points.map { line($0.context, number($0.value) + unit) }
        case .histogram(let points, _):
            return points.map { line($0.context, summary($0.count, $0.sum)) }
        case .exponentialHistogram(let points, _):
            return points.map { line($0.context, summary($0.count, $0.sum)) }
        case .summary(let points):
            return points.map { line($0.context, summary($0.count, $0.sum)) }
        }
    }

    private static func number(_ value: NumberValue) -> String {
        switch value {
        case .none: "nothing"
        case .int(let value): String(value)
        case .double(let value): String(value)
        }
    }

    // MARK: Parts

    private static func list(_ attributes: Attributes) -> String {
        attributes.map { "  \(clean($0.key))=\(clean($0.value.description))" }.joined()
    }

    /// The time of day in UTC to the millisecond.
    private static func clock(_ time: UnixNanoseconds) -> String {
        var text: [UInt8] = []
        text.append(rfc3339: time, milliseconds: true)
        return String(decoding: text.dropFirst(11).prefix(12), as: UTF8.self)
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// The text without what could move a terminal's cursor or begin a line of its own, and not at any length.
    private static func clean(_ text: String) -> String {
        var result = ""
        for (position, scalar) in text.unicodeScalars.enumerated() {
            guard position < maximumLength else { return result + "…" }
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    result += "\\u{\(String(scalar.value, radix: 16))}"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
