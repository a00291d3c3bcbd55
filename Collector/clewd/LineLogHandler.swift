import Foundation
import Logging

/// Writes each of the daemon's own log messages as one line on stderr, as text or JSON.
struct LineLogHandler: LogHandler {
    enum Format: String, Sendable {
        case text, json
    }

    let label: String
    let format: Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(label: String, format: Format, logLevel: Logger.Level) {
        self.label = label
        self.format = format
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let line =
            switch format {
            case .text: Self.text(time, event.level, event.message.description, fields)
            case .json: Self.json(time, event.level, event.message.description, fields)
            }
        // Nothing can be done about a stderr that was closed.
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    static func text(_ time: String, _ level: Logger.Level, _ message: String, _ fields: [String: String]) -> String {
        let parts = [time, level.rawValue, message] + fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return parts.joined(separator: " ").split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    static func json(_ time: String, _ level: Logger.Level, _ message: String, _ fields: [String: String]) -> String {
        let object = fields.merging(["time": time, "level": level.rawValue, "message": message]) { $1 }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(object)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
