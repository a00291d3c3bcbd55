import ClewAnalysis
import ClewModel

/// An audit as SARIF, which code hosts and editors show as alerts.
///
/// Findings lie in no file, so their places are logical locations.
///
/// Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
struct SARIFLog: Encodable {
    struct Message: Encodable {
        var text: String
    }

    struct Run: Encodable {
        var tool: Tool
        var results: [Result]
    }

    struct Tool: Encodable {
        var driver: Driver
    }

    struct Driver: Encodable {
        var name = "clew audit"
        var version = ReleaseVersion.current
        var rules: [Rule]
    }

    struct Rule: Encodable {
        struct Configuration: Encodable {
            var level: String
        }

        var id: String
        var shortDescription: Message
        var fullDescription: Message
        var help: Message
        var defaultConfiguration: Configuration
    }

    struct Result: Encodable {
        struct Location: Encodable {
            struct Logical: Encodable {
                var fullyQualifiedName: String
                var kind = "module"
            }

            var logicalLocations: [Logical]
        }

        struct Suppression: Encodable {
            var kind = "external"
            var justification: String
        }

        var ruleId: String
        var level: String
        var message: Message
        var locations: [Location]
        /// By which a code host knows a finding again.
        var partialFingerprints: [String: String]
        var suppressions: [Suppression]
        var properties: Finding
    }

    var version = "2.1.0"
    var schema = "https://json.schemastore.org/sarif-2.1.0.json"
    var runs: [Run]

    private enum CodingKeys: String, CodingKey {
        case version, runs
        case schema = "$schema"
    }

    init(_ report: AuditReport) {
        let results =
            report.findings.map { Self.result($0) } + report.silenced.map { Self.result($0.finding, $0.reason) }
        runs = [Run(tool: Tool(driver: Driver(rules: Audit.rules.map(Self.rule))), results: results)]
    }

    private static func rule(_ rule: AuditRule) -> Rule {
        Rule(
            id: rule.name, shortDescription: Message(text: rule.title),
            fullDescription: Message(text: "\(rule.detection) \(rule.harm)"),
            help: Message(text: "\(rule.advice) Wrong if: \(rule.refutation)"),
            defaultConfiguration: Rule.Configuration(level: level(rule.severity)))
    }

    private static func result(_ finding: Finding, _ justification: String? = nil) -> Result {
        Result(
            ruleId: finding.rule, level: level(finding.severity),
            message: Message(text: "\(finding.summary) (\(finding.confidence.rawValue): \(finding.reason))"),
            locations: [Result.Location(logicalLocations: [.init(fullyQualifiedName: finding.place)])],
            partialFingerprints: ["ruleAndPlace/v1": "\(finding.rule) \(finding.place)"],
            suppressions: justification.map { [Result.Suppression(justification: $0)] } ?? [], properties: finding)
    }

    private static func level(_ severity: Finding.Severity) -> String {
        switch severity {
        case .high: "error"
        case .medium: "warning"
        case .low: "note"
        }
    }
}
