import ArgumentParser
import ClewDemoShop
import UnixSignals

/// `clew-shop measure --pattern breaker`: what a pattern does, as the shop with and without it under the same fault.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Breaks a shop with and without a pattern, and compares goodput and p99 as 'clew red' has them.",
        discussion: """
            Goodput is what the gateway answered with less than 500, a second; p99 is that of all its answers. Both \
            are medians of the runs, with their range. Each run has a shop of its own and takes about half a minute \
            more than --seconds. The patterns are \(ShopPattern.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Option(help: "The pattern to measure, as breaker; repeatable. Default: all.")
    var pattern: [String] = []

    @Option(help: "Seconds that are measured of each run.")
    var seconds = 20

    @Option(help: "Runs with a pattern, and as many without.")
    var runs = 3

    @Option(help: "Asks for the same things again. Default: random, and printed.")
    var seed: UInt64?

    @Flag(help: "Print rows of a Markdown table.")
    var md = false

    func validate() throws {
        // Fewer seconds have too few requests for a p99.
        guard (5...600).contains(seconds) else { throw ValidationError("--seconds is 5 to 600") }
        guard (1...100).contains(runs) else { throw ValidationError("--runs is 1 to 100") }
    }

    func run() async throws {
        let programs = try Programs()
        let named = try ShopPattern.set(parsing: pattern)
        let patterns = ShopPattern.allCases.filter { named.isEmpty || named.contains($0) }
        let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
        do {
            try await Interruption.cancelling { try await measure(patterns, seed: seed, programs) }
        } catch let interrupted as Interruption {
            Output.line("\nstopped by \(interrupted.received); nothing is left running")
            throw ExitCode(128 + interrupted.received.rawValue)
        }
    }

    private func measure(_ patterns: [ShopPattern], seed: UInt64, _ programs: Programs) async throws {
        Output.line(md ? PatternMeasurement.markdownHeader : "(seed \(seed): --seed \(seed) asks for the same again)")
        for pattern in patterns {
            let measured = try await PatternMeasurement.run(
                PatternScenario(of: pattern), runs: runs, seconds: seconds, seed: seed, programs: programs)
            Output.line(md ? measured.markdown : "\n" + measured.text)
        }
    }
}
