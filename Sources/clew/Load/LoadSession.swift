import ClewModel
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A run and what is measured around it.
struct LoadSession: Sendable {
    let options: LoadCommand
    let target: LoadRun.Target
    let api: HTTPEndpoint
    let interrupts: Interrupts
    private let progress = ProgressLine()

    init(options: LoadCommand, target: LoadRun.Target, api: HTTPEndpoint, interrupts: Interrupts) {
        self.options = options
        self.target = target
        self.api = api
        self.interrupts = interrupts
    }

    /// Runs, and prints the report.
    ///
    /// - Returns: Why the run does not count as a success, for after the report.
    func perform() async throws -> Failure? {
        let schedule = try options.schedule()
        // Not after the run, when it would be in vain.
        if options.verify { _ = try await DaemonSource(address: api.address).status() }
        let source = try options.source(around: .now)
        let prepared = try await prepare(source, schedule)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads)
        let before = try Sample(options)
        let reception = try? await receptionNow()

        let run = LoadRun(target: target, schedule: schedule, source: source, connections: options.connections)
        let outcome = try await run.perform(on: group, interrupts: interrupts, progress: progress)
        var report = LoadReport(outcome)
        if let failure = outcome.failure, report.requests == 0 { throw failure }
        report.preparedRequests = prepared
        var failure = outcome.failure
        do {
            report.reception = try await received(since: reception, outcome)
            try measure(&report, before: before)
            try await measureIdle(&report, before: before)
            if options.verify {
                report.verification = try await verify(source, outcome, on: group)
                failure = failure ?? report.verification?.failure
            }
        } catch let error as Failure {
            // What was measured until then is still told.
            failure = failure ?? error
        }
        try await group.shutdownGracefully()
        try print(report)
        return failure
    }

    private func print(_ report: LoadReport) throws(Failure) {
        if options.json { return try Output.json(report) }
        StandardStreams.write(report.text(options))
    }

    private func prepare(_ source: RequestSource, _ schedule: LoadSchedule) async throws -> Int? {
        guard options.gzip else { return nil }
        // A run of unknown length: no faster than a million spans a second.
        let atMost = Double(schedule.duration ?? 0) / 1e3 / Double(max(1, source.spanCount(of: 0)))
        let requests = schedule.knownRequests ?? Int(min(atMost, 1e9)) + 1
        return try await progress.during({ "compressing requests" }) {
            try await source.prepare(requests, now: .now)
        }
    }

    // MARK: the collector's costs

    /// What the collector had used at a moment.
    private struct Sample {
        var usage: ProcessUsage?
        var bytes: Int?

        init(_ options: LoadCommand) throws(Failure) {
            usage = try options.pid.map { pid throws(Failure) in try ProcessUsage(pid: pid) }
            bytes = try options.data.map { data throws(Failure) in try ProcessUsage.bytes(in: data) }
        }

        func cpuSeconds(since before: Sample) -> Double? {
            guard let usage, let start = before.usage else { return nil }
            return usage.cpuSeconds - start.cpuSeconds
        }

        func bytes(since before: Sample) -> Int? {
            guard let bytes, let start = before.bytes else { return nil }
            return bytes - start
        }
    }

    private func measure(_ report: inout LoadReport, before: Sample) throws(Failure) {
        let now = try Sample(options)
        report.cpuSecondsPerMillion = now.cpuSeconds(since: before).map(report.perMillion)
        report.peakResidentBytes = now.usage?.peakResidentBytes
        report.bytesPerSpan = now.bytes(since: before).map { Double($0) / Double(max(1, report.spans)) }
    }

    private func measureIdle(_ report: inout LoadReport, before: Sample) async throws {
        let limit = Duration.nanoseconds(Int64(clamping: DurationText.parse(options.idleWait) ?? 0))
        guard limit > .zero, options.pid != nil || options.data != nil else { return }
        // CPU time tells best; without it the files do, which change when a collector has worked.
        let wait = IdleWait(tolerance: options.pid == nil ? 0 : ProcessUsage.tick * 1.5, limit: limit)
        let stop = StopFlag()
        let quiet = try await interrupts.during({ stop.set() }) {
            try await progress.during({ "waiting for the collector to become idle" }) {
                try await wait.wait(unless: { stop.isSet }) { () throws(Failure) in
                    let sample = try Sample(options)
                    return sample.usage?.cpuSeconds ?? Double(sample.bytes ?? 0)
                }
            }
        }
        guard let quiet else { return }
        let now = try Sample(options)
        report.idleAfterSeconds = quiet / .seconds(1)
        report.cpuSecondsPerMillionIdle = now.cpuSeconds(since: before).map(report.perMillion)
        report.bytesPerSpanIdle = now.bytes(since: before).map { Double($0) / Double(max(1, report.spans)) }
        report.peakResidentBytes = now.usage?.peakResidentBytes
    }

    // MARK: what arrived

    /// `nil` where requests are acknowledged.
    private func receptionNow() async throws -> Reception? {
        guard options.transport == .udp else { return nil }
        return try await Reception.now(DaemonSource(address: api.address))
    }

    private func received(since before: Reception?, _ outcome: LoadRun.Outcome) async throws -> Reception? {
        guard let before else { return nil }
        let stop = StopFlag()
        return try await interrupts.during({ stop.set() }) {
            try await progress.during({ "waiting for datagrams to be stored" }) {
                try await Reception.settled(
                    DaemonSource(address: api.address), since: before, sources: outcome.result.sources,
                    unless: { stop.isSet })
            }
        }
    }

    private func verify(
        _ source: RequestSource, _ outcome: LoadRun.Outcome, on group: MultiThreadedEventLoopGroup
    ) async throws -> VerificationReport {
        try await TraceVerification(source, outcome).perform(
            asking: api, connections: options.verifyConnections, on: group, interrupts: interrupts, progress: progress)
    }
}

/// Set once, from anywhere.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
