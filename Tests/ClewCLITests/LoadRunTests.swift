import ClewAnalysis
import ClewModel
import ClewWire
import NIOCore
import NIOPosix
import Testing

@testable import clew_cli

@Suite("Sending requests and waiting for acknowledgements")
struct LoadRunTests {
    private static func run(
        _ script: [ScriptedServer.Action], requests: Int = 4, connections: Int = 1, rate: Double? = nil
    ) async throws -> (outcome: LoadRun.Outcome, requests: Int) {
        try await ScriptedServer.run(script) { server, endpoint in
            let source = try RequestSource(
                Workload(), batch: 10, encoding: .protobuf, isCompressed: false, around: .now)
            let run = LoadRun(
                target: .http(endpoint),
                schedule: LoadSchedule(spans: requests * 10, duration: nil, rate: rate, batch: 10), source: source,
                connections: connections)
            let outcome = try await run.perform(
                on: .singleton, interrupts: Interrupts(), progress: ProgressLine(isTerminal: false))
            return (outcome, server.requests)
        }
    }

    @Test("every request is acknowledged once, over any number of connections", arguments: [1, 3, 9])
    func acknowledged(connections: Int) async throws {
        let (outcome, requests) = try await Self.run([], requests: 7, connections: connections)
        #expect(outcome.totals == LoadState.Totals(spans: 70, requests: 7, retries: 0))
        #expect(outcome.failure == nil && requests == 7)
        #expect(outcome.result.latencies.count == 7 && outcome.result.unacknowledged.isEmpty)
        #expect(outcome.unsent.allSatisfy { $0 >= 7 })
    }

    @Test("429 and 503 are tried again after Retry-After", arguments: [429, 503])
    func refused(status: Int) async throws {
        let refusal = ScriptedServer.Action.answer(status, ["Retry-After": "0"])
        let (outcome, requests) = try await Self.run([.answer(200), refusal, refusal])
        #expect(outcome.totals == LoadState.Totals(spans: 40, requests: 4, retries: 2))
        #expect(outcome.failure == nil && requests == 6 && outcome.result.resent.isEmpty)
    }

    @Test("a request is refused only so often before the run ends, and says why")
    func refusedForever() async throws {
        let refusal = ScriptedServer.Action.answer(
            503, ["Retry-After": "0"], StatusMessage(.unavailable, "the disk is full").protobuf)
        let script = [ScriptedServer.Action.answer(200)] + Array(repeating: refusal, count: 100)
        let (outcome, requests) = try await Self.run(script)
        #expect(outcome.totals.requests == 1 && requests == 1 + HTTPSender.maximumTries)
        #expect(outcome.failure?.message.contains("the disk is full") == true)
        #expect(outcome.result.unacknowledged == [1])
    }

    @Test("a connection that drops is made again, and its request may be there twice")
    func dropped() async throws {
        let (outcome, requests) = try await Self.run([.answer(200), .close])
        #expect(outcome.totals == LoadState.Totals(spans: 40, requests: 4, retries: 1))
        #expect(outcome.failure == nil && requests == 5 && outcome.result.resent == [1])
    }

    @Test("an answer that closes its connection is followed by a new one")
    func closing() async throws {
        let (outcome, _) = try await Self.run([.answer(200, ["Connection": "close"])])
        #expect(outcome.totals == LoadState.Totals(spans: 40, requests: 4, retries: 0))
    }

    @Test("any other status ends the run with the collector's words")
    func wrong() async throws {
        let body = StatusMessage(.invalidArgument, "byte 7 is not OTLP").protobuf
        let (outcome, requests) = try await Self.run([.answer(400, [:], body)])
        #expect(outcome.failure?.code == .failed && requests == 1)
        #expect(outcome.failure?.message.contains("400: byte 7 is not OTLP") == true)
    }

    @Test("rejected spans are not counted as acknowledged")
    func rejected() async throws {
        let (outcome, _) = try await Self.run([.answer(200, [:], ExportResponse(rejected: 3, message: "no").protobuf)])
        #expect(outcome.totals.spans == 37 && outcome.result.rejected == 3)
    }

    @Test("where nobody listens the run ends at once and names the program to start")
    func unreachable() async throws {
        let source = try RequestSource(Workload(), batch: 10, encoding: .protobuf, isCompressed: false, around: .now)
        // Port 1 is privileged and unassigned here: nothing answers.
        let run = LoadRun(
            target: .http(try HTTPEndpoint("127.0.0.1:1", flag: "--target", defaultPort: 1)),
            schedule: LoadSchedule(spans: 10, duration: nil, rate: nil, batch: 10), source: source, connections: 2)
        let outcome = try await run.perform(
            on: .singleton, interrupts: Interrupts(), progress: ProgressLine(isTerminal: false))
        #expect(outcome.failure?.code == .unavailable && outcome.failure?.message.contains("clewd") == true)
    }

    @Test("at a fixed rate a stall is charged to every request that was due during it")
    func coordinatedOmission() async throws {
        // 1000 requests a second, of which the first keeps the only connection for half a second.
        let (outcome, _) = try await Self.run([.wait(milliseconds: 500)], requests: 20, rate: 10_000)
        #expect(outcome.result.latencies.count == 20)
        // The last was due 19 ms after the first; the histogram is within 4.5 %.
        #expect(outcome.result.latencies.quantile(0) >= 450_000_000)
    }
}
