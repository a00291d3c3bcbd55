import ArgumentParser
import ClewDemoShop
import Foundation
import UnixSignals

/// `clew-shop audit-table`: whether the audit finds each anti-pattern of the shop, and nothing in the clean one.
struct AuditTableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit-table",
        abstract: "Starts a fresh shop for each anti-pattern, drives load, and asks the audit what it finds.",
        discussion: """
            Prints a Markdown table. Exits with 0 when the clean runs had no finding, and each anti-pattern was found with \
            no other finding of high severity.
            """
    )

    @Option(help: "Runs without an anti-pattern.")
    var clean = 1

    @Option(name: .customLong("switch"), help: "Only this one; repeatable. Default: all.")
    var switches: [String] = []

    @Option(help: "Seconds of load in each run.")
    var seconds = 15

    @Option(help: "Requests a second.")
    var rate = 20.0

    @Option(help: "Repeats the runs' requests. Default: random, and printed.")
    var seed: UInt64?

    func validate() throws {
        guard (0...1000).contains(clean) else { throw ValidationError("--clean is 0 to 1000") }
        guard (5...3600).contains(seconds) else { throw ValidationError("--seconds is 5 to 3600") }
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate is above 0 and up to 1000") }
    }

    func run() async throws {
        let programs = try Programs()
        let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
        let wanted = try switches.isEmpty ? Set(ShopSwitch.allCases) : ShopSwitch.set(parsing: switches)
        let plan =
            Array(repeating: nil, count: clean) + ShopSwitch.allCases.filter(wanted.contains).map { Optional($0) }
        Output.line("(seed \(seed): --seed \(seed) makes the same requests again)\n")
        Output.line("| switch | rule | as it should be | severity, how sure, where (times) | other findings |")
        Output.line("|---|---|---|---|---|")
        do {
            let wrong = try await Interruption.cancelling { try await trials(plan, programs, seed) }
            Output.line("\n\(plan.count - wrong) of \(plan.count) runs as they should be")
            guard wrong == 0 else { throw ExitCode(1) }
        } catch let interrupted as Interruption {
            Output.line("\nstopped by \(interrupted.received); nothing is left running")
            throw ExitCode(128 + interrupted.received.rawValue)
        }
    }

    private func trials(_ plan: [ShopSwitch?], _ programs: Programs, _ seed: UInt64) async throws -> Int {
        var wrong = 0
        for (number, anti) in plan.enumerated() {
            let trial = AuditTrial(
                programs: programs, anti: anti, seed: seed &+ UInt64(number), duration: .seconds(seconds), rate: rate)
            let outcome = try await trial.run()
            wrong += outcome.isRight ? 0 : 1
            Output.line("\(outcome)")
        }
        return wrong
    }
}
