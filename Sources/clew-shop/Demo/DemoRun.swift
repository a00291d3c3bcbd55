import ClewDemoShop
import Foundation

/// One run of the demo: start, slow, load, ask, compare, stop.
///
/// Clew is asked over its own program and its daemon, and is told nothing of the plan.
struct DemoRun: Sendable {
    /// Exports, commits and the assembly of traces take well under a second; this is for a machine that is busy.
    private static let arrivalLimit = Duration.seconds(20)
    private static let arrivalInterval = Duration.milliseconds(700)

    let programs: Programs
    let plan: DemoPlan
    /// Prints what each command says, not only the outcome.
    let isVerbose: Bool
    private let progress: ProgressLine

    init(programs: Programs, plan: DemoPlan, isVerbose: Bool) {
        self.programs = programs
        self.plan = plan
        self.isVerbose = isVerbose
        progress = ProgressLine(whenPiped: isVerbose ? .sparse : .silent)
    }

    /// - Parameter keep: Leave everything running when all went well.
    func run(keep: Bool) async throws -> DemoOutcome {
        var fleet = try Fleet(programs: programs)
        do {
            let outcome = try await run(&fleet, keep: keep)
            if !keep { await stop(fleet) }
            return outcome
        } catch {
            await stop(fleet)
            throw error
        }
    }

    private func run(_ fleet: inout Fleet, keep: Bool) async throws -> DemoOutcome {
        progress.show("starting the collector")
        try await fleet.startCollector()
        progress.show("starting \(FleetMember.all.count) services")
        try await fleet.startServices()
        let admin = ShopAdmin(gateway: fleet.gateway)
        if !plan.switches.isEmpty { try await admin.replace(with: plan.switches) }
        try await admin.replace(with: [plan.fault])
        let summary = try await drive(fleet)
        let clew = ClewAnswers(program: programs.clew, api: fleet.api, directory: fleet.directory)
        let answer = try await arrival(at: clew)
        progress.end()
        if isVerbose {
            Output.line("\(summary)")
            try await show(answer, summary, clew)
        }
        return DemoOutcome(
            slowed: plan.fault.hop,
            named: answer.named,
            explanation: isVerbose ? "" : try await clew.text(["slow"]),
            leftRunning: keep ? fleet : nil
        )
    }

    private func drive(_ fleet: Fleet) async throws -> LoadSummary {
        let schedule = LoadSchedule(rate: plan.rate, duration: .seconds(plan.seconds), seed: plan.seed)
        return try await LoadDriver.run(schedule, target: fleet.gateway) { [progress] in
            progress.show("driving load  \($0.line)")
        }
    }

    /// Asks until two answers in a row have the same traces: then all has arrived.
    private func arrival(at clew: ClewAnswers) async throws -> ClewAnswers.Slow {
        let deadline = ContinuousClock.now + Self.arrivalLimit
        var last = -1
        while true {
            progress.show("waiting for the telemetry to arrive")
            try await Task.sleep(for: Self.arrivalInterval)
            let answer = try await clew.slow()
            if answer.traceCount > 0, answer.traceCount == last { return answer }
            guard ContinuousClock.now < deadline else { return answer }
            last = answer.traceCount
        }
    }

    private func show(_ answer: ClewAnswers.Slow, _ summary: LoadSummary, _ clew: ClewAnswers) async throws {
        try await clew.show(["slow"])
        if let example = answer.example { try await clew.show(["trace", example]) }
        if let order = summary.compensatedOrders.last ?? summary.refusedOrders.last {
            try await clew.show(["journey", "--attribute", "order.id=\(order)"])
        }
        try await clew.show(["audit"], mayFindNothing: true)
        // A window as long as the load, and what it took to ask: rates over a quarter of an hour would look idle.
        let window = ["--window", "\(plan.seconds + 10)s"]
        for command in [["red"], ["map"], ["dash", "render", "overview"]] { try await clew.show(command + window) }
    }

    /// In a task of its own: a cancelled run must still end what it started.
    private func stop(_ fleet: Fleet) async {
        progress.show("stopping")
        await Task { await fleet.stop() }.value
        progress.end()
    }
}
