/// The six ranges of OTLP's `SeverityNumber`, by the number each begins with.
///
/// Source: OpenTelemetry logs data model, "Field: SeverityNumber".
public enum Severity: UInt8, Sendable, CaseIterable, Comparable {
    case trace = 1
    case debug = 5
    case info = 9
    case warn = 13
    case error = 17
    case fatal = 21

    /// The range that a severity number falls in; `nil` for 0 (unspecified) and for numbers over 24.
    public init?(number: UInt8) {
        guard (1...24).contains(number), let range = Severity(rawValue: (number - 1) / 4 * 4 + 1) else { return nil }
        self = range
    }

    /// Reads `trace`, `debug`, `info`, `warn`, `error`, `fatal` in either case, and the common `warning` and `critical`.
    public init?(text: String) {
        switch text.lowercased() {
        case "trace": self = .trace
        case "debug": self = .debug
        case "info", "notice": self = .info
        case "warn", "warning": self = .warn
        case "error": self = .error
        case "fatal", "critical": self = .fatal
        default: return nil
        }
    }

    public var text: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warn: "WARN"
        case .error: "ERROR"
        case .fatal: "FATAL"
        }
    }

    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}
