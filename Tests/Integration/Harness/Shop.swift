import Foundation

/// A real shop with a collector of its own, as `clew-shop up` starts it.
final class Shop: Sendable {
    struct Member: Decodable, Sendable {
        var service: String
        var instance: Int
        var pid: Int32
        /// `HOST:PORT`.
        var address: String
        var url: String { "http://\(address)" }
    }

    private struct Report: Decodable {
        var gateway: String
        var api: String
        var directory: String
        var processes: [Member]
    }

    /// The shop of the suite that runs: see ``ShopTrait``.
    @TaskLocal static var current: Shop?

    static var running: Shop {
        get throws {
            guard let current else { throw TestFailure("no shop runs: the suite needs the trait '.shop()'") }
            return current
        }
    }

    let gateway: String
    /// What `clew` asks.
    let api: String
    private let directory: String
    private let started: [Member]
    private let process: RunningProcess

    static func start(_ arguments: [String]) async throws -> Shop {
        let process = try RunningProcess(Program.path("clew-shop"), ["up", "--keep-data"] + arguments)
        let report: Report = try await eventually("the shop says where it is", within: 180) {
            guard process.isRunning else { throw TestFailure("clew-shop up ended: \(process.errors)") }
            guard process.output.contains("\n") else { return nil }
            return try process.output.split(separator: "\n").first.map {
                try JSONDecoder().decode(Report.self, from: Data($0.utf8))
            }
        }
        return Shop(process, report)
    }

    private init(_ process: RunningProcess, _ report: Report) {
        self.process = process
        gateway = report.gateway
        api = report.api
        directory = report.directory
        started = report.processes
    }

    /// The process that is this instance of a service now, or was it last.
    func member(_ service: String, instance: Int = 1) throws -> Member {
        let decoder = JSONDecoder()
        let again = process.output.split(separator: "\n").dropFirst().compactMap { line in
            try? decoder.decode(Member.self, from: Data(line.utf8))
        }
        let isIt = { (member: Member) in member.service == service && member.instance == instance }
        guard let found = (started + again).last(where: isIt) else {
            throw TestFailure("there is no \(service) \(instance)")
        }
        return found
    }

    /// SIGKILL.
    func kill(_ member: Member) {
        Foundation.kill(member.pid, SIGKILL)
    }

    /// Whether one that was killed has been started again.
    func isBack(_ member: Member) throws -> Bool {
        try self.member(member.service, instance: member.instance).pid != member.pid
    }

    /// Whether its services kept their promises, as `clew-shop check` sees it.
    func check() async throws -> Program.Result {
        try await Program.run(Program.path("clew-shop"), ["check", "\(directory)/shop"])
    }

    /// Stops it, once nothing is under way any more and all is sound; removes the data.
    func finish() async throws {
        do {
            try await put(faults: [])
            _ = try? await eventually("the shop comes to rest", within: 120) {
                let result = try await check()
                return result.status == 0 && !result.output.contains(" wait\n") ? true : nil
            }
            try await stop()
            let result = try await check()
            guard result.status == 0 else { throw TestFailure("\(result.output)\(result.errors)") }
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            await abandon()
            throw TestFailure("\(error)\nthe shop's files are left in \(directory)")
        }
    }

    /// Ends all that was started, whatever it does; the data stays.
    func abandon() async {
        guard process.isRunning, (try? await end()) == nil else { return }
        process.kill()
        for member in started { try? kill(self.member(member.service, instance: member.instance)) }
    }

    private func stop() async throws {
        try await end()
        let status = await process.status()
        guard status == 0 else { throw TestFailure("clew-shop up ended with \(status): \(process.errors)") }
    }

    private func end() async throws {
        process.terminate()
        _ = try await eventually("the shop stops", within: 90) { process.isRunning ? nil : true }
    }
}
