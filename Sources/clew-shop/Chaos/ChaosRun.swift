import ClewDemoShop
import Foundation

/// A shop under load whose processes are killed and started again, and what its files say when it has come to rest.
struct ChaosRun: Sendable {
    /// Sagas that were left wait for their claim to run out; what is compensated is tried for some minutes.
    private static let restLimit = Duration.seconds(180)
    private static let restInterval = Duration.seconds(2)

    let programs: Programs
    let seed: UInt64
    let duration: Duration
    let rate: Double
    let broker: FleetBroker
    private let progress = ProgressLine(whenPiped: .sparse)

    init(programs: Programs, seed: UInt64, duration: Duration, rate: Double, broker: FleetBroker) {
        self.programs = programs
        self.seed = seed
        self.duration = duration
        self.rate = rate
        self.broker = broker
    }

    /// - Returns: What the check found; where it is not sound, the files are left.
    func run() async throws -> ShopAudit.Report {
        var fleet = try Fleet(programs: programs, broker: broker)
        do {
            let report = try await run(&fleet)
            await stop(fleet, keepsFiles: !report.isSound)
            if !report.isSound { Output.line("the files are left in \(fleet.directory.path)") }
            return report
        } catch {
            await stop(fleet, keepsFiles: false)
            throw error
        }
    }

    private func run(_ fleet: inout Fleet) async throws -> ShopAudit.Report {
        progress.show("starting the collector")
        try await fleet.startCollector()
        progress.show("starting \(fleet.victims.count) processes")
        try await fleet.startServices()
        let load = LoadSchedule(rate: rate, duration: duration, seed: seed)
        let gateway = fleet.gateway
        async let driven = LoadDriver.run(load, target: gateway) { [progress] in
            progress.show("driving load  \($0.line)")
        }
        try await kill(&fleet)
        let summary = try await driven
        progress.end()
        Output.line("\(summary)")
        return try await rest(fleet)
    }

    private func kill(_ fleet: inout Fleet) async throws {
        let start = ContinuousClock.now
        for kill in ChaosSchedule(fleet.victims, duration: duration, seed: seed).kills {
            try await Task.sleep(until: start + kill.due)
            await fleet.kill(kill.victim)
            try await Task.sleep(for: kill.absence)
            try await fleet.start(kill.victim)
            let time = Int((ContinuousClock.now - start) / .seconds(1))
            progress.end()
            Output.line("\(time) s  killed \(kill.victim.name), away for \(kill.absence / .milliseconds(1)) ms")
        }
    }

    /// Checks until all is in order, or as long as what was left half done may take; then once more when no service
    /// runs. A server of RabbitMQ still does then: it has no file that tells what waits.
    private func rest(_ fleet: Fleet) async throws -> ShopAudit.Report {
        let deadline = ContinuousClock.now + Self.restLimit
        while try !check(fleet).isAtRest, ContinuousClock.now < deadline {
            progress.show("waiting for the shop to come to rest")
            try await Task.sleep(for: Self.restInterval)
        }
        progress.end()
        await fleet.stopServices()
        return try check(fleet)
    }

    private func check(_ fleet: Fleet) throws -> ShopAudit.Report {
        try ShopAudit.check(directory: fleet.data, broker: fleet.brokerAddress)
    }

    /// In a task of its own: a cancelled run must still end what it started.
    private func stop(_ fleet: Fleet, keepsFiles: Bool) async {
        progress.show("stopping")
        await Task { await fleet.stop(keepsFiles: keepsFiles) }.value
        progress.end()
    }
}
