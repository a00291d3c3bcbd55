import ClewModel
import Logging

/// How log lines are written to standard output.
public enum LogFormat: String, Hashable, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// Time, level, label, message and `key=value`, for people; in colour on a terminal.
    case text
    /// Not at all; only the library's own warnings are, as JSON.
    case none
}

/// Writes log events as lines of one format.
struct LogWriter: Sendable {
    let output: LogOutput
    var format: LogFormat
    private let isColoured: Bool

    init(_ configuration: Telemetry.Configuration, _ output: LogOutput) {
        self.output = output
        format = configuration.logFormat
        isColoured = configuration.usesColour && output.isTerminal
    }

    func write(_ entry: LogEntry) {
        switch format {
        case .json: output.write(entry.json)
        case .text: output.write(entry.text(isColoured: isColoured))
        case .none: break
        }
    }
}

extension LogEntry {
    /// One line of JSON with its newline. What is not known is left out; metadata stands in the order that it has.
    var json: [UInt8] {
        var text = JSONText(capacity: 320 + message.utf8.count + metadata.approximateBytes)
        text.beginObject()
        text.member("time") { $0.append(rfc3339: time) }
        text.member("level") { $0.append(level.rawValue) }
        text.member("message", message)
        text.members(scope.json)
        if let location { text.member("code", "\(location.file):\(location.line)") }
        if let traceID { text.member("trace_id") { $0.append(traceID) } }
        if let spanID { text.member("span_id") { $0.append(spanID) } }
        if let correlationID { text.member("correlation_id", correlationID) }
        if !metadata.fields.isEmpty {
            text.key("metadata")
            text.object(metadata.fields)
        }
        text.endObject()
        text.endLine()
        return text.bytes
    }

    /// One line for people with its newline.
    ///
    /// - Parameter isColoured: Whether the level and the less important parts are marked by ANSI escape sequences.
    func text(isColoured: Bool) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(160 + message.utf8.count + metadata.approximateBytes)
        func styled(_ style: String, _ write: (inout [UInt8]) -> Void) {
            if isColoured { line.append(style) }
            write(&line)
            if isColoured { line.append("\u{1B}[0m") }
        }
        func field(_ key: String, _ write: (inout [UInt8]) -> Void) {
            styled("\u{1B}[2m") {
                $0.append(" ")
                $0.append(escaping: key)
                $0.append("=")
            }
            write(&line)
        }
        styled("\u{1B}[2m") { $0.append(rfc3339: time, milliseconds: true) }
        line.append(" ")
        styled(level.style) { $0.append(level.padded) }
        line.append(" ")
        styled("\u{1B}[2m") {
            $0.append(escaping: scope.name, quotes: false)
            $0.append(":")
        }
        line.append(" ")
        line.append(escaping: message, quotes: false)
        for entry in metadata.fields { field(entry.key) { $0.append(shown: entry.value) } }
        if let traceID { field("trace_id") { $0.append(traceID) } }
        if let location { field("code") { $0.append("\(location.file):\(location.line)") } }
        line.append("\n")
        return line
    }
}

extension [UInt8] {
    /// A value as people write it: bare where that is clear, else as JSON.
    fileprivate mutating func append(shown value: LogValue) {
        if case .string(let text) = value, !text.isEmpty, !text.utf8.contains(where: { " \"=\\".utf8.contains($0) }) {
            return append(escaping: text)
        }
        var json = JSONText()
        json.value(value)
        self += json.bytes
    }
}

extension Logger.Level {
    /// As wide as the widest.
    fileprivate var padded: String {
        switch self {
        case .trace: "TRACE   "
        case .debug: "DEBUG   "
        case .info: "INFO    "
        case .notice: "NOTICE  "
        case .warning: "WARNING "
        case .error: "ERROR   "
        case .critical: "CRITICAL"
        }
    }

    /// ANSI (ECMA-48) "select graphic rendition": dim, green, cyan, yellow, red, bold red.
    fileprivate var style: String {
        switch self {
        case .trace, .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .notice: "\u{1B}[36m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        case .critical: "\u{1B}[1;31m"
        }
    }
}
