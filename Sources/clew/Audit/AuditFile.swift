import ClewAnalysis
import ClewModel
import Foundation
import Yams

/// The file that tunes rules and silences findings, each with a reason:
///
/// ```yaml
/// rules:
///   n-plus-one: { calls: 20, severity: low }
///   nano-service: { enabled: false }
/// silence:
///   - { rule: shared-database, place: sqlite orders.sqlite, reason: the nightly report reads it, until: 2027-01-31 }
/// ```
struct AuditFile {
    struct Silence {
        var rule: String
        /// A finding's place; `nil` for all of the rule.
        var place: String?
        var reason: String

        func silences(_ finding: Finding) -> Bool {
            rule == finding.rule && place.map { $0 == finding.place } ?? true
        }
    }

    static let standardName = "clew-audit.yaml"
    /// The file is written by hand; more than this is none.
    private static let maximumSize = 1 << 20

    private(set) var settings = AuditSettings()
    /// Silences that are over.
    private(set) var warnings: [String] = []
    private var silences: [Silence] = []
    private let path: String

    /// - Parameter named: The file; `nil` for the standard name, which need not be there.
    static func load(_ named: String?) throws(Failure) -> AuditFile {
        let path = named ?? standardName
        guard named != nil || FileManager.default.fileExists(atPath: path) else { return AuditFile(path: path) }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw Failure(unreadable: path, error)
        }
        return try AuditFile(yaml: text, path: path, today: Date())
    }

    private init(path: String) {
        self.path = path
    }

    init(yaml: String, path: String, today: Date) throws(Failure) {
        self.path = path
        guard yaml.utf8.count <= Self.maximumSize else {
            throw Failure(.usage, "\(path) is larger than \(Self.maximumSize) bytes")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw Failure(.usage, "\(path) is not YAML: \(error)")
        }
        guard let root else { return }
        for (key, value) in try pairs(root, "the file", ["rules", "silence"]) {
            if key == "rules" { try readRules(value) } else { try readSilences(value, today) }
        }
    }

    /// The report with the silenced findings set apart.
    func silencing(_ report: AuditReport) -> AuditReport {
        var report = report
        let all = report.findings
        report.findings = []
        for finding in all {
            if let silence = silences.first(where: { $0.silences(finding) }) {
                report.silenced.append(AuditReport.Silenced(finding: finding, reason: silence.reason))
            } else {
                report.findings.append(finding)
            }
        }
        return report
    }

    private mutating func readRules(_ node: Node) throws(Failure) {
        for (name, node) in try pairs(node, "'rules'", Audit.rules.map(\.name)) {
            guard let rule = Audit.rules.first(where: { $0.name == name }) else { continue }
            var tuned = AuditSettings.RuleSettings()
            let keys = ["enabled", "severity"] + rule.parameters.map(\.name)
            for (key, value) in try pairs(node, "'\(name)'", keys) {
                switch key {
                case "enabled": tuned.isEnabled = try read(value, "true or false", Bool.init)
                case "severity": tuned.severity = try read(value, "low, medium or high", Finding.Severity.init)
                default:
                    tuned.parameters[key] = try read(value, "a number from zero") { text in
                        Double(text).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
                    }
                }
            }
            settings.rules[name] = tuned
        }
    }

    private mutating func readSilences(_ node: Node, _ today: Date) throws(Failure) {
        guard let list = node.sequence else { throw failure(node, "expected a list below 'silence'") }
        for entry in list {
            var fields: [String: Node] = [:]
            for (key, value) in try pairs(entry, "a silence", ["rule", "place", "reason", "until"]) {
                fields[key] = value
            }
            guard let rule = fields["rule"], let reason = fields["reason"]?.string, !reason.isEmpty else {
                throw failure(entry, "a silence needs 'rule' and a 'reason'")
            }
            let name = try read(rule, "a rule: \(Audit.rules.map(\.name).joined(separator: ", "))") { text in
                Audit.rules.first { $0.name == text }?.name
            }
            if let until = fields["until"] {
                let end = try read(until, "a date such as 2027-01-31") { text in
                    try? Date.ISO8601FormatStyle().year().month().day().parse(text)
                }
                // The day itself still counts.
                guard today < end.addingTimeInterval(86_400) else {
                    let date = until.string ?? ""
                    warnings.append("\(path):\(line(entry)): the silence of \(name) is over since \(date)")
                    continue
                }
            }
            silences.append(Silence(rule: name, place: fields["place"]?.string, reason: reason))
        }
    }

    private func pairs(_ node: Node, _ role: String, _ known: [String]) throws(Failure) -> [(String, Node)] {
        guard let mapping = node.mapping else {
            throw failure(node, "expected \(role) to have `key: value` lines")
        }
        var pairs: [(String, Node)] = []
        for (key, value) in mapping {
            let name = key.string ?? "?"
            guard known.contains(name) else {
                throw failure(key, "unknown key '\(name)' in \(role); expected \(known.joined(separator: ", "))")
            }
            pairs.append((name, value))
        }
        return pairs
    }

    private func read<Value>(_ node: Node, _ expected: String, _ parse: (String) -> Value?) throws(Failure) -> Value {
        guard let text = node.string, let value = parse(text) else {
            throw failure(node, "'\(node.string ?? "?")' is not \(expected)")
        }
        return value
    }

    private func failure(_ node: Node, _ message: String) -> Failure {
        Failure(.usage, "\(path):\(line(node)): \(message)")
    }

    private func line(_ node: Node) -> Int { node.mark?.line ?? 1 }
}
