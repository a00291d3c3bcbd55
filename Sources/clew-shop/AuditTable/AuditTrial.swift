import ClewAnalysis
import ClewDemoShop
import Foundation

/// A fresh shop with one anti-pattern or none, some load, and what the audit says of it.
struct AuditTrial: Sendable {
    /// What one trial showed.
    struct Outcome: Sendable {
        var anti: ShopSwitch?
        var findings: [Finding]
        var spanCount: Int

        /// The findings of the rule that is meant to find it.
        var expected: [Finding] { findings.filter { $0.rule == anti?.rule } }
        var others: [Finding] { findings.filter { $0.rule != anti?.rule } }

        /// With an anti-pattern: it is found, and nothing else of high severity. Without: nothing is found.
        var isRight: Bool {
            guard anti != nil else { return findings.isEmpty }
            return !expected.isEmpty && !others.contains { $0.severity == .high }
        }
    }

    /// Spans, events and consumers need a moment after the last request.
    private static let settleTime = Duration.seconds(3)

    let programs: Programs
    let anti: ShopSwitch?
    let seed: UInt64
    let duration: Duration
    let rate: Double

    func run() async throws -> Outcome {
        var fleet = try Fleet(programs: programs)
        let result: Result<Outcome, any Error>
        do { result = .success(try await run(&fleet)) } catch { result = .failure(error) }
        // In a task of its own: a cancelled run must still end what it started.
        let started = fleet
        await Task { await started.stop() }.value
        return try result.get()
    }

    private func run(_ fleet: inout Fleet) async throws -> Outcome {
        try await fleet.startCollector()
        try await fleet.startServices()
        if let anti { try await ShopAdmin(gateway: fleet.gateway).replace(with: [anti]) }
        let schedule = LoadSchedule(rate: rate, duration: duration, seed: seed)
        _ = try await LoadDriver.run(schedule, target: fleet.gateway)
        try await Task.sleep(for: Self.settleTime)
        let clew = ClewAnswers(program: programs.clew, api: fleet.api, directory: fleet.directory)
        let report = try JSONDecoder().decode(
            AuditReport.self, from: Data(try await clew.text(["audit", "--json"]).utf8))
        return Outcome(anti: anti, findings: report.findings, spanCount: report.spanCount)
    }
}

extension AuditTrial.Outcome: CustomStringConvertible {
    /// A row of the table in `docs/audit.md`: switch, rule, verdict, where and how sure, other findings.
    var description: String {
        let name = anti?.rawValue ?? "none"
        let found = expected.map {
            "\($0.severity.rawValue), \($0.confidence.rawValue) at `\($0.place)` (\($0.occurrences))"
        }
        let rest = others.map { "\($0.rule) (\($0.severity.rawValue), \($0.confidence.rawValue)) at `\($0.place)`" }
        let cells = [
            name, anti.map { "`\($0.rule)`" } ?? "–", isRight ? "yes" : "**no**", Self.list(found), Self.list(rest),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private static func list(_ texts: [String]) -> String { texts.isEmpty ? "–" : texts.joined(separator: "; ") }
}
