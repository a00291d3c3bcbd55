import ArgumentParser
import ClewDemoShop
import Foundation
import UnixSignals

/// `clew-shop demo`: everything that `make demo` does once the programs are built.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Starts collector and shop, slows a hop at random, drives load, and asks Clew which hop it was.",
        discussion: """
            Exits with 0 when Clew named the hop, with 1 when it named another. SLOW=HOP, WITH=SWITCHES and KEEP=1 in \
            the environment stand for --slow HOP, --with SWITCHES and --keep. The hops are \
            \(ShopHop.checkoutPath.map(\.name).joined(separator: ", ")). The switches are \
            \(ShopSwitch.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Option(help: "The hop to slow, as inventory.db, or with its fault, as inventory.db=300ms@0.2. Default: random.")
    var slow: String?

    @Option(name: .customLong("with"), help: "Anti-patterns that are on, as dual-write,no-inbox. Default: none.")
    var switches: String?

    @Flag(help: "Leave everything running to play with.")
    var keep = false

    @Option(help: "Repeats a run's choices. Default: random, and printed.")
    var seed: UInt64?

    @Option(help: "Seconds of load.")
    var seconds = 10

    @Option(help: "Requests a second.")
    var rate = 25.0

    @Option(name: .customLong("repeat"), help: "Run so many times and count how often Clew was right.")
    var repeats = 1

    func validate() throws {
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds is 1 to 3600") }
        guard (1...1000).contains(repeats) else { throw ValidationError("--repeat is 1 to 1000") }
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate is above 0 and up to 1000") }
        guard !keeps || repeats == 1 else { throw ValidationError("--keep leaves one run running: not with --repeat") }
    }

    func run() async throws {
        let programs = try Programs()
        let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
        do {
            try await Interruption.cancelling {
                if repeats > 1 {
                    try await check(programs, seed: seed)
                } else {
                    try await once(programs, seed: seed)
                }
            }
        } catch let interrupted as Interruption {
            Output.line("\nstopped by \(interrupted.received); nothing is left running")
            throw ExitCode(128 + interrupted.received.rawValue)
        }
    }

    private func once(_ programs: Programs, seed: UInt64) async throws {
        let plan = try plan(seed: seed)
        let processes = FleetMember.all.count
        Output.line(
            "Clew demo: a collector, a shop of \(processes) processes, and one slow hop that Clew is not told of.")
        if !plan.switches.isEmpty {
            Output.line("On: \(plan.switches.map(\.rawValue).sorted().joined(separator: ", ")).")
        }
        Output.line("(seed \(seed): --seed \(seed) makes the same choices again)")
        let run = DemoRun(programs: programs, plan: plan, isVerbose: true)
        let outcome = try await run.run(keep: keeps)
        Output.line("\n" + outcome.sentence)
        if let running = outcome.leftRunning { Output.line("\n" + running.howToPlay) }
        guard outcome.isRight else { throw ExitCode(1) }
    }

    private func check(_ programs: Programs, seed: UInt64) async throws {
        var right = 0
        for number in 0..<repeats {
            let plan = try plan(seed: seed &+ UInt64(number))
            let start = ContinuousClock.now
            let outcome = try await DemoRun(programs: programs, plan: plan, isVerbose: false).run(keep: false)
            right += outcome.isRight ? 1 : 0
            let took = ((ContinuousClock.now - start) / .seconds(1)).formatted(.number.precision(.fractionLength(1)))
            Output.line("\(number + 1)/\(repeats)  \(outcome.sentence)  [\(plan.fault), seed \(plan.seed), \(took) s]")
            if !outcome.isRight { Output.line(outcome.explanation) }
        }
        Output.line("\(right) of \(repeats) right")
        guard right == repeats else { throw ExitCode(1) }
    }

    private func plan(seed: UInt64) throws -> DemoPlan {
        let wanted = slow ?? environment("SLOW")
        let on = switches ?? environment("WITH") ?? ""
        return try DemoPlan(slow: wanted, switches: on, seed: seed, seconds: seconds, rate: rate)
    }

    private var keeps: Bool { keep || ["1", "true", "yes"].contains(environment("KEEP") ?? "") }

    /// `make demo` passes its variables on; one that is not set arrives empty.
    private func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
