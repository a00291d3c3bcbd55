import ArgumentParser
import ClewModel
import Foundation

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send synthetic traces to a collector as fast as it acknowledges them, and say what that cost.",
        discussion: """
              clew load --spans 2000000 --pid $(pgrep clewd) --data ./clew-data
            """
    )

    @Option(help: "The collector's OTLP/HTTP address.")
    var target = "http://127.0.0.1:4318"

    @Option(help: "Spans in all.")
    var spans = 200_000

    @Option(help: "Spans in a request.")
    var batch = 512

    @Option(help: "Requests in flight.")
    var connections = 8

    @Option(help: "Seed of the traces.")
    var seed: UInt64 = 1

    @Option(help: "The collector's process id, to report its CPU time and memory.")
    var pid: Int32?

    @Option(help: "The collector's data directory, to report bytes per span.")
    var data: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Distinct requests that are encoded beforehand; each is sent many times with other ids.
    private static let templateCount = 16

    func validate() throws {
        guard spans > 0, (1...100_000).contains(batch), (1...1000).contains(connections) else {
            throw ValidationError("--spans must be positive, --batch from 1 to 100000, --connections from 1 to 1000.")
        }
    }

    func run() async throws {
        var traces = SyntheticTraces(seed: seed)
        let now = UInt64(Date().timeIntervalSince1970 * 1e9)
        let templates = (0..<Self.templateCount).map { _ in RequestTemplate(traces.spans(batch, around: now)) }
        let before = try pid.map { pid throws(Failure) in try ProcessUsage(pid: pid) }
        let bytesBefore = try data.map { data throws(Failure) in try ProcessUsage.bytes(in: data) }
        let run = LoadRun(target: target, templates: templates, requests: (spans + batch - 1) / batch)
        var report = try await run.perform(connections: connections)
        if let pid, let before {
            let after = try ProcessUsage(pid: pid)
            report.cpuSecondsPerMillion = (after.cpuSeconds - before.cpuSeconds) / Double(report.spans) * 1e6
            report.peakResidentBytes = after.peakResidentBytes
        }
        if let data, let bytesBefore {
            report.bytesPerSpan = Double(try ProcessUsage.bytes(in: data) - bytesBefore) / Double(report.spans)
        }
        if json { try Output.json(report) } else { StandardStreams.write(report.text) }
    }
}
