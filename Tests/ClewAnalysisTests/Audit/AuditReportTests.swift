import ClewAnalysis
import ClewModel
import Testing

@Suite("Audit report")
struct AuditReportTests {
    private func report(_ settings: AuditSettings = AuditSettings()) -> AuditReport {
        var settings = settings
        // Only some of these traces carry correlation ids.
        settings.rules["missing-correlation-id", default: .init()].parameters["usage"] = 0.1
        var audit = Audit(from: 0, to: .max, settings: settings)
        for rule in BrokenData.rules {
            for trace in BrokenData.traces(of: rule) { audit.add(trace) }
        }
        return audit.finish()
    }

    @Test("findings come by severity, then by confidence, then by cost")
    func order() {
        let findings = report().findings
        #expect(Set(findings.map(\.rule)).isSuperset(of: BrokenData.rules))
        for (left, right) in zip(findings, findings.dropFirst()) {
            let (first, second) = (
                (left.severity, left.confidence, left.cost.nanoseconds),
                (right.severity, right.confidence, right.cost.nanoseconds)
            )
            #expect(first >= second, "\(left.rule) before \(right.rule)")
        }
    }

    @Test("a report counts what was looked at, without empty traces")
    func counts() {
        let traces = BrokenData.dualWrite()
        var audit = Audit(from: 1, to: 2)
        for trace in traces { audit.add(trace) }
        audit.add(AuditTrace(spans: []))
        audit.add(LogRecord(time: 1))
        let report = audit.finish()
        #expect((report.from, report.to) == (1, 2))
        #expect((report.traceCount, report.spanCount, report.recordCount) == (6, 18, 1))
        #expect(report.ruleCount == Audit.rules.count)
        #expect(report.keptShare == 1)
    }

    @Test("a rule that is off finds nothing, and no other finds less")
    func disabled() {
        let settings = AuditSettings(rules: ["dual-write": .init(isEnabled: false)])
        let all = report()
        let rest = report(settings)
        #expect(rest.ruleCount == all.ruleCount - 1)
        #expect(rest.findings == all.findings.filter { $0.rule != "dual-write" })
    }

    @Test("a tuned severity is that of every finding of the rule, and moves it in the order")
    func severity() throws {
        let settings = AuditSettings(rules: ["missing-correlation-id": .init(severity: .high)])
        let findings = report(settings).findings
        let tuned = findings.filter { $0.rule == "missing-correlation-id" }
        #expect(!tuned.isEmpty && tuned.allSatisfy { $0.severity == .high })
        let first = try #require(findings.firstIndex { $0.rule == "missing-correlation-id" })
        #expect(findings[..<first].allSatisfy { $0.severity == .high })
    }

    @Test("a parameter moves the bound of its rule", arguments: [(5, true), (6, true), (7, false)])
    func tuned(requests: Int, isFound: Bool) {
        let settings = AuditSettings(rules: ["dual-write": .init(parameters: ["requests": Double(requests)])])
        #expect(report(settings).findings.contains { $0.rule == "dual-write" } == isFound)
    }

    @Test("rules and parameters that are not known change nothing, nor do values that are no number")
    func unknown() {
        var settings = AuditSettings(rules: ["no-such-rule": .init(isEnabled: false, severity: .high)])
        settings.rules["dual-write"] = .init(parameters: ["no-such-parameter": 1000])
        #expect(report(settings) == report())
        settings.rules["dual-write"] = .init(parameters: ["requests": .nan])
        settings.rules["stuck-saga"] = .init(parameters: ["age-ms": .infinity, "factor": -.infinity])
        #expect(report(settings).findings.contains { $0.rule == "dual-write" })
    }

    @Test("rules have distinct names and say all that a finding is explained by")
    func rules() {
        let rules = Audit.rules
        #expect(Set(rules.map(\.name)).count == rules.count)
        #expect(Set(rules.map(\.name)).isSuperset(of: BrokenData.rules))
        for rule in rules {
            let texts = [rule.title, rule.detection, rule.harm, rule.refutation, rule.advice]
            #expect(texts.allSatisfy { !$0.isEmpty }, "\(rule.name)")
            #expect(Set(rule.parameters.map(\.name)).count == rule.parameters.count, "\(rule.name)")
            for parameter in rule.parameters {
                #expect(!parameter.meaning.isEmpty, "\(rule.name) \(parameter.name)")
            }
        }
    }
}
