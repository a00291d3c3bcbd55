public import ClewModel

/// One log record on one line.
public enum LogLine {
    /// `14:03:07.123 WARN  stock is low`: the time in UTC, the severity and the body, for a log below its span.
    static func text(_ log: LogRecord) -> StyledText {
        let clock = TimeText.millisecond(log.effectiveTime).split(separator: " ").last ?? ""
        return StyledText(clock, .muted) + " " + severity(log) + " " + StyledText(log.body.description)
    }

    /// `2026-11-22 14:03:07.123 WARN  inventory stock is low product=p-24`: a log that stands by itself.
    public static func full(_ log: LogRecord) -> StyledText {
        let details = log.attributes.map { " \($0.key)=\($0.value)" }.joined()
        return StyledText(TimeText.millisecond(log.effectiveTime), .muted) + " " + severity(log)
            + " \(log.resource.serviceName, .accent) " + StyledText(log.body.description) + StyledText(details, .muted)
    }

    /// Five columns, in the colour of its urgency.
    public static func severity(_ log: LogRecord) -> StyledText {
        guard let severity = Severity(number: log.severityNumber) else {
            return StyledText(log.severityText.isEmpty ? "-" : log.severityText, .muted).fitted(to: 5)
        }
        let style: TextStyle =
            switch severity {
            case .trace, .debug: .muted
            case .info: .plain
            case .warn: .warning
            case .error, .fatal: .error
            }
        return StyledText(severity.text, style).fitted(to: 5)
    }
}
