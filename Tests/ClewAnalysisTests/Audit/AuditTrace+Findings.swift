import ClewAnalysis
import ClewModel

extension Sequence where Element == AuditTrace {
    /// What one rule finds in these traces, and in these log records, with all other rules off.
    func findings(
        of rule: String, _ parameters: [String: Double] = [:], records: [LogRecord] = []
    ) -> [Finding] {
        var settings = AuditSettings()
        for other in Audit.rules where other.name != rule {
            settings.rules[other.name] = AuditSettings.RuleSettings(isEnabled: false)
        }
        settings.rules[rule] = AuditSettings.RuleSettings(parameters: parameters)
        var audit = Audit(from: 0, to: .max, settings: settings)
        for trace in self { audit.add(trace) }
        for record in records { audit.add(record) }
        return audit.finish().findings
    }
}

extension AuditTraceBuilder {
    /// The traces of requests number 1 to `count`, which begin `interval` milliseconds after one another.
    static func traces(
        _ count: Int, every interval: Double = 50, _ body: (inout AuditTraceBuilder, Int) -> Void
    ) -> [AuditTrace] {
        (1...count).map { number in
            var builder = AuditTraceBuilder(UInt64(number), at: Double(number) * interval)
            body(&builder, number)
            return builder.trace
        }
    }
}
