import ArgumentParser
import ClewAnalysis
import ClewDashboards
import Synchronization

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure how often the service at fault is named, on incidents whose cause is known.",
        discussion: """
              clew evaluate ./incidents --details                   of a directory; docs/accuracy.md has its form
              clew evaluate --synthetic 160 --seed 7                of generated incidents, ten of each kind
              clew evaluate --synthetic 160 --write ./incidents     writes them instead, for other tools

            AS@k is the share of incidents in which a service at fault is among the first k that are blamed. Simple \
            methods are measured beside it: what they reach needs no analysis.
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "A directory of labelled incidents.")
    var directory: String?

    @Option(help: "Generated incidents instead, as many as this.")
    var synthetic: Int?

    @Option(help: "The seed of generated incidents: equal seeds give equal ones.")
    var seed: UInt64 = 1

    @Option(help: "Write the generated incidents to this directory instead of evaluating them.")
    var write: String?

    @Flag(help: "List every incident with the three services that are blamed most.")
    var details = false

    @Flag(help: "Print Markdown.")
    var md = false

    /// More are not made: an incident takes a second, and a megabyte of disk.
    private static let maximumSynthetic = 10_000

    func validate() throws {
        guard (directory == nil) != (synthetic == nil) else {
            throw ValidationError("Name a directory of incidents, or --synthetic and how many.")
        }
        guard synthetic.map({ (1...Self.maximumSynthetic).contains($0) }) ?? true else {
            throw ValidationError("--synthetic must be from 1 to \(Self.maximumSynthetic).")
        }
        guard write == nil || synthetic != nil else { throw ValidationError("--write needs --synthetic.") }
        guard global.file == nil, global.api == nil else {
            throw ValidationError("--file and --api say nothing here: incidents are read from a directory.")
        }
        if md, global.json { throw ValidationError("--md and --json exclude each other.") }
    }

    func run() async throws {
        let count = EvaluationCount()
        let cases = try await ProgressLine().during({ count.text }) { try perform(count) }
        if let write {
            let incidents = NumberText.counted(count.done, "incident")
            return StandardStreams.write("\(incidents) written; clew evaluate \(write)\n")
        }
        let report = EvaluationReport(cases)
        if global.json { return try Output.json(report) }
        var options = global.renderOptions
        if md { options.format = .markdown }
        StandardStreams.write(EvaluationPanel(report, isDetailed: details).render(options))
    }

    private func perform(_ count: EvaluationCount) throws(Failure) -> [EvaluatedCase] {
        guard let synthetic else { return try evaluate(IncidentDirectory(directory ?? "."), count) }
        guard let write else { return evaluate(synthetic, count) }
        try generate(synthetic, into: write, count)
        return []
    }

    private func generate(_ number: Int, into path: String, _ count: EvaluationCount) throws(Failure) {
        let writer = try IncidentWriter(path)
        let incidents = SyntheticIncidents(seed: seed)
        count.begin(number)
        for number in 0..<number {
            try writer.write(incidents.incident(number))
            count.advance()
        }
    }

    private func evaluate(_ number: Int, _ count: EvaluationCount) -> [EvaluatedCase] {
        let incidents = SyntheticIncidents(seed: seed)
        count.begin(number)
        return (0..<number).map { number in
            defer { count.advance() }
            return Evaluation.evaluate(incidents.incident(number))
        }
    }

    /// One incident in memory at a time.
    private func evaluate(_ directory: IncidentDirectory, _ count: EvaluationCount) throws(Failure) -> [EvaluatedCase] {
        count.begin(directory.caseCount)
        var cases: [EvaluatedCase] = []
        for day in directory.days {
            let before = EvaluationWindow(try IncidentDirectory.side(IncidentDirectory.baseline, in: day.url))
            for item in day.cases {
                let now = EvaluationWindow(try IncidentDirectory.side(IncidentDirectory.incident, in: item.url))
                cases.append(Evaluation.evaluate(item.name, item.truth, now: now, before: before))
                count.advance()
            }
        }
        return cases
    }
}

/// How far an evaluation is.
private final class EvaluationCount: Sendable {
    private let counts = Mutex((done: 0, all: 0))

    var done: Int { counts.withLock { $0.done } }
    var text: String { counts.withLock { "\($0.done) of \($0.all) incidents" } }

    func begin(_ all: Int) { counts.withLock { $0.all = all } }
    func advance() { counts.withLock { $0.done += 1 } }
}
