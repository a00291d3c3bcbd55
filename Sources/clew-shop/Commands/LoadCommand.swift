import ArgumentParser
import ClewDemoShop
import ClewModel
import Foundation

/// `clew-shop load --rate 50 --duration 30s`: an even load on a gateway, and what became of it.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Drives load at the gateway: an even rate whether it keeps up or not, 40 % checkouts."
    )

    @Option(help: "The gateway's URL.")
    var target = Target.standard

    @Option(help: "Requests a second.")
    var rate = 20.0

    @Option(help: "How long, as 30s or 5m.")
    var duration = "30s"

    @Option(help: "The same seed asks for the same things. Default: random.")
    var seed: UInt64?

    /// A day at a thousand requests a second; what is measured of each is kept in memory.
    private static let mostRequests = 1e8

    func validate() throws {
        guard let seconds, seconds > 0 else {
            throw ValidationError("'\(duration)' is not a duration: write 30s or 5m")
        }
        guard rate > 0, rate * seconds <= Self.mostRequests else {
            throw ValidationError("the rate is above 0, and a load has at most 100 million requests")
        }
    }

    private var seconds: Double? { DurationText.parse(duration).map { Double($0) / 1e9 } }

    func run() async throws {
        let progress = ProgressLine(whenPiped: .silent)
        let schedule = LoadSchedule(
            rate: rate,
            duration: .seconds(seconds ?? 0),
            seed: seed ?? .random(in: 0 ... .max)
        )
        let summary = try await Interruption.cancelling {
            try await LoadDriver.run(schedule, target: target.url) { progress.show("load  \($0.line)") }
        }
        progress.end()
        print(summary)
        guard summary.failures.isEmpty || !summary.statuses.isEmpty else {
            throw ShopError(.upstreamFailed, "nothing at \(target.url) answered; is the gateway running there?")
        }
    }
}
