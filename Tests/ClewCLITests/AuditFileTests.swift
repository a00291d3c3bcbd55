import ClewAnalysis
import ClewModel
import Foundation
import Testing

@testable import clew_cli

@Suite("The audit's settings file")
struct AuditFileTests {
    private static let today = Date(timeIntervalSince1970: 1_800_000_000)  // 2027-01-15

    private static func file(_ yaml: String) throws(Failure) -> AuditFile {
        try AuditFile(yaml: yaml, path: "audit.yaml", today: today)
    }

    private static func report(_ places: String...) throws -> AuditReport {
        let rule = try #require(Audit.rules.first { $0.name == "shared-database" })
        let findings = places.map {
            Finding(
                rule: rule, confidence: .certain, place: $0, services: ["a", "b"], summary: "two write", occurrences: 2,
                population: 2, reason: "seen", evidence: [])
        }
        return AuditReport(
            from: 0, to: 1, traceCount: 1, spanCount: 1, recordCount: 0, ruleCount: 21, findings: findings)
    }

    @Test("tunes parameters and severities, and turns rules off")
    func tunes() throws {
        let file = try Self.file(
            """
            rules:
              n-plus-one: { calls: 20, severity: low }
              nano-service: { enabled: false }
            """)
        let chatty = AuditSettings.RuleSettings(severity: .low, parameters: ["calls": 20])
        #expect(
            file.settings.rules == [
                "n-plus-one": chatty, "nano-service": AuditSettings.RuleSettings(isEnabled: false),
            ])
    }

    @Test("silences a rule at one place or everywhere, with its reason, until the end of a day")
    func silences() throws {
        let one = try Self.file(
            "silence: [{ rule: shared-database, place: orders, reason: the report reads it, until: 2027-01-15 }]")
        let report = one.silencing(try Self.report("orders", "stock"))
        #expect(report.findings.map(\.place) == ["stock"])
        #expect(report.silenced.map(\.reason) == ["the report reads it"])
        let all = try Self.file("silence: [{ rule: shared-database, reason: agreed }]")
        #expect(all.silencing(try Self.report("orders", "stock")).findings.isEmpty)
    }

    @Test("a silence that is over silences nothing, and says so")
    func expired() throws {
        let file = try Self.file("silence: [{ rule: shared-database, reason: agreed, until: 2027-01-14 }]")
        #expect(file.silencing(try Self.report("orders")).findings.count == 1)
        #expect(file.warnings.count == 1 && file.warnings[0].contains("audit.yaml:1"))
    }

    @Test(
        "what cannot be meant is refused with its line",
        arguments: [
            ("rules:\n  chatty: {}", "audit.yaml:2", "n-plus-one"),
            ("rules:\n  n-plus-one: { number: 2 }", "audit.yaml:2", "calls"),
            ("rules:\n  n-plus-one: { calls: many }", "audit.yaml:2", "a number"),
            ("silence:\n  - { rule: n-plus-one }", "audit.yaml:2", "reason"),
            ("silence:\n  - { rule: n-plus-one, reason: x, until: soon }", "audit.yaml:2", "2027-01-31"),
            ("silence: all", "audit.yaml:1", "list"), ("ruls: {}", "audit.yaml:1", "rules"), ("[", "YAML", ""),
        ])
    func refuses(yaml: String, place: String, word: String) {
        let failure = #expect(throws: Failure.self) { try Self.file(yaml) }
        #expect(failure?.code == .usage)
        #expect(failure.map { $0.message.contains(place) && (word.isEmpty || $0.message.contains(word)) } == true)
    }

    @Test("an empty file sets nothing")
    func empty() throws {
        #expect(try Self.file("").settings == AuditSettings())
    }

    @Test("settings survive the way to the collector")
    func parameters() throws {
        var settings = AuditSettings()
        settings.rules["n-plus-one"] = .init(severity: .high, parameters: ["calls": 12.5])
        settings.rules["dual-write"] = .init(isEnabled: false)
        var parameters = settings.parameters + [("from", "1")]
        #expect(try AuditSettings(taking: &parameters) == settings)
        #expect(parameters.map(\.name) == ["from"])
    }

    @Test("findings are SARIF results with a level, a place and a fingerprint; silenced ones are suppressed")
    func sarif() throws {
        var report = try Self.report("orders")
        report.silenced = [AuditReport.Silenced(finding: report.findings[0], reason: "agreed")]
        let log = SARIFLog(report)
        #expect(log.runs[0].results.map(\.ruleId) == ["shared-database", "shared-database"])
        #expect(log.runs[0].results.map(\.suppressions.count) == [0, 1])
        #expect(log.runs[0].tool.driver.rules.count == Audit.rules.count)
        let json = String(decoding: try JSONEncoder().encode(log), as: UTF8.self)
        #expect(json.contains("\"$schema\"") && json.contains("\"2.1.0\""))
    }
}
