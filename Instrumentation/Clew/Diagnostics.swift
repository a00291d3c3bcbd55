import ClewModel
import Logging

/// What the library says about itself: where log lines go, but never exported, so that trouble with exporting does not
/// make more to export. The same message is written at most once a minute.
///
/// Source: OpenTelemetry, "Error handling", self-diagnostics.
struct Diagnostics: Sendable {
    /// The least that is said; `nil` for nothing.
    private let level: Logger.Level?
    private let scope: LogScope
    private let clock: TelemetryClock
    private let writer: LogWriter
    private let throttle = MessageThrottle()

    init(_ configuration: Telemetry.Configuration, resource: Resource, clock: TelemetryClock, writer: LogWriter) {
        level = configuration.diagnosticLevel
        scope = LogScope("clew", resource: resource, limits: configuration.logLimits)
        self.clock = clock
        self.writer = writer
    }

    func warn(_ message: String) { say(.warning, message) }

    func debug(_ message: @autoclosure () -> String) {
        if let level, level <= .debug { say(.debug, message()) }
    }

    private func say(_ messageLevel: Logger.Level, _ message: String) {
        guard let level, level <= messageLevel, throttle.passes(message, now: clock.monotonic()) else { return }
        var writer = writer
        // A program that writes no lines of its own still has to know of trouble.
        if writer.format == .none { writer.format = .json }
        writer.write(
            LogEntry(scope, time: clock.wall(), level: messageLevel, message: message, metadata: LogMetadata()))
    }
}
