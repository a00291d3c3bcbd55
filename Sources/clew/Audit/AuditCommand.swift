import ArgumentParser
import ClewAnalysis
import ClewDashboards
import ClewModel
import Foundation

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Find known anti-patterns in the telemetry, with evidence.",
        discussion: """
              clew audit                           the findings of the last 15 minutes, the worst first
              clew audit --file spans.jsonl        of a file: any OpenTelemetry data
              clew audit --fail-on high --sarif    for CI: exit code 3 when something high is found
              clew audit --rules                   what it looks for
              clew audit --explain n-plus-one      what a rule sees, and how to tune it

            --settings names a file that tunes and silences rules; 'clew-audit.yaml' in the working directory is read \
            without being named. docs/audit.md shows its form.
            """
    )

    /// What the parser's own flags cannot hold: one of three forms.
    enum Form: EnumerableFlag {
        case md, sarif

        static func help(for form: Form) -> ArgumentHelp? {
            switch form {
            case .md: "Print Markdown, for a pull request or an incident document."
            case .sarif: "Print SARIF 2.1.0, which code hosts show as alerts."
            }
        }
    }

    enum Severity: String, ExpressibleByArgument, CaseIterable {
        case low, medium, high

        var finding: Finding.Severity {
            switch self {
            case .low: .low
            case .medium: .medium
            case .high: .high
            }
        }
    }

    @OptionGroup var global: GlobalOptions
    @OptionGroup var window: WindowOptions

    @Flag(exclusivity: .exclusive) var form: Form?

    @Option(help: "End with exit code 3 when a finding is low, medium or high, or worse.")
    var failOn: Severity?

    @Option(help: "The file that tunes and silences rules. Default: clew-audit.yaml, where there is one.")
    var settings: String?

    @Option(help: "Only this rule; repeatable.")
    var rule: [String] = []

    @Option(help: "Say what a rule sees, why it matters and what can be tuned.")
    var explain: String?

    @Flag(help: "List the rules.")
    var rules = false

    @Option(help: "Findings shown in full; the others have a line each.")
    var limit = 5

    func validate() throws {
        try GlobalOptions.checkLimit(limit)
        if form == .sarif, global.json { throw ValidationError("--sarif and --json exclude each other.") }
    }

    func run() async throws {
        if rules {
            if global.json { return try Output.json(Audit.rules) }
            return StandardStreams.write(AuditRulesPanel().render(options))
        }
        if let explain { return try self.explain(explain) }
        let file = try AuditFile.load(settings)
        for warning in file.warnings { StandardStreams.writeError("clew: \(warning)\n") }
        let source = try global.source()
        let time = try window.range(isFile: source.isFile)
        let report = try await source.audit(AuditQuestion(time: time, settings: try selection(file.settings)))
        guard report.spanCount > 0 else {
            throw Failure(.nothingFound, "no spans \(window.place(isFile: source.isFile))")
        }
        try show(file.silencing(report))
    }

    private var options: RenderOptions {
        var options = global.renderOptions
        if form == .md { options.format = .markdown }
        return options
    }

    private func show(_ report: AuditReport) throws {
        if form == .sarif {
            try Output.json(SARIFLog(report))
        } else if global.json {
            try Output.json(report)
        } else {
            StandardStreams.write(
                AuditPanel(report, limit: limit, sourceFlags: global.sourceFlags).render(options))
        }
        guard let failOn, let worst = report.findings.first, worst.severity >= failOn.finding else { return }
        throw ExitCode(Failure.Code.forbidden.rawValue)
    }

    private func explain(_ name: String) throws {
        let rule = try Self.rule(name, flag: "--explain")
        if global.json { return try Output.json(rule) }
        StandardStreams.write(AuditRulePanel(rule).render(options))
    }

    /// The settings with all rules off but those that `--rule` names.
    private func selection(_ settings: AuditSettings) throws(Failure) -> AuditSettings {
        guard !rule.isEmpty else { return settings }
        var names: Set<String> = []
        for name in rule { names.insert(try Self.rule(name, flag: "--rule").name) }
        var settings = settings
        for rule in Audit.rules where !names.contains(rule.name) {
            settings.rules[rule.name, default: AuditSettings.RuleSettings()].isEnabled = false
        }
        return settings
    }

    private static func rule(_ name: String, flag: String) throws(Failure) -> AuditRule {
        guard let rule = Audit.rules.first(where: { $0.name == name }) else {
            let names = Audit.rules.map(\.name).joined(separator: ", ")
            throw Failure(.usage, "\(flag): there is no rule '\(name)'; there are \(names)")
        }
        return rule
    }
}
