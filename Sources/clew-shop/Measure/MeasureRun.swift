import ClewDemoShop
import Foundation

/// One run of a scenario in a shop of its own: start, warm up, break, load, ask Clew, stop.
///
/// No two runs share a shop: breakers, balancers and queues would remember the one before.
struct MeasureRun: Sendable {
    /// Connections are open, caches filled and orders placed before anything fails.
    private static let warmUp = Duration.seconds(5)
    private static let warmUpRate = 10.0
    /// From the fault to the measured time: callers' timeouts of 3 s, and the ten calls that a breaker needs.
    private static let settling = Duration.seconds(10)
    /// Exports and commits take well under a second; this is for a machine that is busy.
    private static let arrivalLimit = Duration.seconds(20)
    private static let arrivalInterval = Duration.milliseconds(700)

    let programs: Programs
    let scenario: PatternScenario
    /// Whether the pattern is left out.
    let isWithout: Bool
    let seed: UInt64
    /// Of the measured time.
    let seconds: Int
    let progress: ProgressLine

    /// - Returns: What the gateway's routes answered in the measured time, as Clew has it.
    func run() async throws -> RouteReport {
        let settings = scenario.capacity.map { ["CLEW_SHOP_CAPACITY": "\($0)"] } ?? [:]
        var fleet = try Fleet(programs: programs, settings: settings)
        do {
            show("starting")
            try await fleet.startCollector()
            try await fleet.startServices()
            let report = try await measure(fleet)
            await stop(fleet)
            return report
        } catch {
            await stop(fleet)
            throw error
        }
    }

    private func measure(_ fleet: Fleet) async throws -> RouteReport {
        let warmUp = LoadSchedule(rate: Self.warmUpRate, duration: Self.warmUp, seed: seed)
        let before = try await drive(warmUp, "warming up", fleet)
        let admin = ShopAdmin(gateway: fleet.gateway)
        try await admin.replace(with: [], without: scenario.leftOut(isWithout: isWithout))
        try await admin.replace(with: scenario.faults)
        let start = Date.now.addingTimeInterval(Self.settling / .seconds(1))
        let load = LoadSchedule(
            rate: scenario.rate, duration: Self.settling + .seconds(seconds), mix: scenario.mix, seed: seed)
        _ = try await drive(load, "measuring", fleet, knowing: before.lastOrders)
        return try await arrival(fleet, from: start)
    }

    private func drive(
        _ load: LoadSchedule, _ phase: String, _ fleet: Fleet, knowing orders: [String] = []
    ) async throws -> LoadSummary {
        try await LoadDriver.run(load, target: fleet.gateway, knowing: orders) { show("\(phase)  \($0.line)") }
    }

    /// Asks until two answers in a row have as many requests: then all has arrived.
    private func arrival(_ fleet: Fleet, from start: Date) async throws -> RouteReport {
        let clew = ClewAnswers(program: programs.clew, api: fleet.api, directory: fleet.directory)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let times = [start, start.addingTimeInterval(Double(seconds))].map { $0.formatted(style) }
        let deadline = ContinuousClock.now + Self.arrivalLimit
        var last = 0
        while true {
            show("waiting for the telemetry to arrive")
            try await Task.sleep(for: Self.arrivalInterval)
            let answer = try await clew.text(["red", "gateway", "--json", "--from", times[0], "--to", times[1]])
            let report = try RouteReport(json: Data(answer.utf8))
            if report.requests > 0, report.requests == last { return report }
            guard ContinuousClock.now < deadline else { return report }
            last = report.requests
        }
    }

    private func show(_ text: String) {
        progress.show("\(scenario.pattern) \(isWithout ? "left out" : "in place"): \(text)")
    }

    /// In a task of its own: a cancelled run must still end what it started.
    private func stop(_ fleet: Fleet) async {
        show("stopping")
        await Task { await fleet.stop() }.value
        progress.end()
    }
}
