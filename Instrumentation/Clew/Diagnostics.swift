import ClewModel
import Logging

/// What the library says about itself: in the log's output and form, but never exported, so that trouble with exporting
/// does not make more to export.
///
/// Source: OpenTelemetry, "Error handling", self-diagnostics.
struct Diagnostics: Sendable {
    /// The least that is said; `nil` for nothing.
    var level: Logger.Level?
    var service: String
    var clock: TelemetryClock
    var output: LogOutput

    func warn(_ message: String) { say(.warning, message) }

    func debug(_ message: @autoclosure () -> String) {
        if let level, level <= .debug { say(.debug, message()) }
    }

    private func say(_ messageLevel: Logger.Level, _ message: String) {
        guard let level, level <= messageLevel else { return }
        let line = LogLine(
            time: clock.wall(), level: messageLevel, message: message, label: "clew", service: service, span: nil,
            correlationID: nil, metadata: [:])
        output.write(line.json)
    }
}
