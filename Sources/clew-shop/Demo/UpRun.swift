import ClewDemoShop
import Foundation

/// A collector and a shop that run until their task is cancelled.
struct UpRun: Sendable {
    /// The first line on stdout.
    private struct Report: Encodable {
        var gateway: String
        var api: String
        var directory: String
        /// The collector's too, as `clewd` at the address of its API.
        var processes: [Started]
    }

    private struct Started: Encodable {
        var service: String
        var instance: Int
        var pid: Int32
        var address: String
    }

    private static let lookInterval = Duration.milliseconds(100)

    let programs: Programs
    let switches: Set<ShopSwitch>
    let faults: [Fault]
    /// How long a service that ended stays away; `nil` where it is not started again.
    let absence: Duration?
    let keepsData: Bool

    /// - Throws: `CancellationError`, once all that was started has ended; also what a start throws.
    func run() async throws {
        let progress = ProgressLine(whenPiped: .silent)
        var fleet = try Fleet(programs: programs)
        do {
            progress.show("starting \(FleetMember.all.count) services")
            try await start(&fleet)
            progress.end()
            try report(fleet)
            try await keep(&fleet)
        } catch {
            progress.show("stopping")
            // In a task of its own: a cancelled run must still end what it started.
            await Task { [fleet, keepsData] in await fleet.stop(keepsFiles: keepsData) }.value
            progress.end()
            throw error
        }
    }

    private func start(_ fleet: inout Fleet) async throws {
        try await fleet.startCollector()
        try await fleet.startServices()
        try await disturb(fleet)
    }

    /// Puts switches and faults in force at all services.
    private func disturb(_ fleet: Fleet) async throws {
        let admin = ShopAdmin(gateway: fleet.gateway)
        if !switches.isEmpty { try await admin.replace(with: switches) }
        if !faults.isEmpty { try await admin.replace(with: faults) }
    }

    /// Looks after services that ended, until the task is cancelled.
    private func keep(_ fleet: inout Fleet) async throws {
        var due: [FleetMember: ContinuousClock.Instant] = [:]
        while true {
            try await Task.sleep(for: Self.lookInterval)
            guard let absence else { continue }
            let now = ContinuousClock.now
            for (member, running) in fleet.running where running.process.exitCode != nil && due[member] == nil {
                due[member] = now + absence
            }
            let members = due.filter { $0.value <= now }.map(\.key)
            guard !members.isEmpty else { continue }
            try await restart(members, &fleet)
            for member in members { due[member] = nil }
        }
    }

    private func restart(_ members: [FleetMember], _ fleet: inout Fleet) async throws {
        try await fleet.start(members)
        for member in members {
            if let started = Self.started(member, fleet) { try Self.write(started) }
        }
        // Another one that is away is told when it is back.
        try? await disturb(fleet)
    }

    private func report(_ fleet: Fleet) throws {
        let collector = fleet.daemon.map { daemon in
            Started(service: daemon.name, instance: 1, pid: daemon.pid, address: fleet.collector?.api ?? "")
        }
        let services = FleetMember.all.compactMap { Self.started($0, fleet) }
        try Self.write(
            Report(
                gateway: fleet.gateway,
                api: fleet.api,
                directory: fleet.directory.path,
                processes: (collector.map { [$0] } ?? []) + services
            )
        )
    }

    private static func started(_ member: FleetMember, _ fleet: Fleet) -> Started? {
        fleet.running[member].map { running in
            Started(
                service: member.service.rawValue,
                instance: member.instance,
                pid: running.process.pid,
                address: running.address
            )
        }
    }

    /// One line of JSON on stdout.
    private static func write(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Output.line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
