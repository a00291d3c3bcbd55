import ClewModel
import ClewTesting
import ClewWire
import Testing
import Tracing

@testable import Clew

@Suite("Export", .timeLimit(.minutes(2)))
struct ExportTests {
    /// Spans alone are exported, so that one worker sleeps on the clock.
    func configuration(capacity: Int = 2048, batch: Int = 512) -> Telemetry.Configuration {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.otlp = [.traces: OTLPSettings(signal: .traces)]
        configuration.spanQueue.capacity = capacity
        configuration.spanQueue.batch = batch
        return configuration
    }

    /// Moves the clock from sleeper to sleeper until something is so, when everyone sleeps again.
    func advance(_ clock: ManualClock, sleepers: Int, until isSo: () -> Bool) async throws {
        await clock.sleepers(atLeast: sleepers)
        while !isSo() {
            try Task.checkCancellation()
            clock.advanceToNextSleeper()
            await clock.sleepers(atLeast: sleepers)
        }
    }

    @Test("all batches that wait go out in one drain")
    func severalBatches() async throws {
        let test = try TestTelemetry(configuration(capacity: 100, batch: 10))
        for index in 0..<35 { test.telemetry.tracer.startSpan("span \(index)").end() }
        await test.telemetry.flush()
        #expect(test.exporter.spans.count == 35)
        #expect(test.exporter.batches.allSatisfy { $0.count <= 10 })
        #expect(test.telemetry.statistics.exported[.traces] == 35)
    }

    @Test("a full batch goes out before its time, and a partial one when its time has come")
    func triggers() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(configuration(batch: 3), clock: clock.clock)
        let running = Task { try await test.telemetry.run() }
        await clock.sleepers(atLeast: 2)
        for _ in 0..<3 { test.telemetry.tracer.startSpan("a").end() }
        await test.exporter.attempted(atLeast: 1)
        test.telemetry.tracer.startSpan("b").end()
        #expect(test.exporter.spans.count == 3)
        try await advance(clock, sleepers: 2) { test.exporter.spans.count == 4 }
        #expect(clock.clock.monotonic() == 5_000_000_000)
        running.cancel()
        try await running.value
    }

    @Test("a batch is sent again with growing, random waiting times, and never twice once it was taken")
    func retry() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(
            configuration(), answering: Array(repeating: .retry(after: nil, reason: "503"), count: 3),
            clock: clock.clock)
        test.telemetry.tracer.startSpan("a").end()
        await test.telemetry.flush()
        #expect(test.exporter.spans.isEmpty)
        for ceiling in [1, 2, 4] {
            await clock.sleepers(atLeast: 1)
            #expect(clock.advanceToNextSleeper() <= .seconds(ceiling))
        }
        await clock.sleepers(atLeast: 1)
        #expect(test.exporter.attempts == 4)
        #expect(test.exporter.spans.count == 1)
        await test.telemetry.flush()
        #expect(test.exporter.spans.count == 1)
        #expect(test.telemetry.statistics.totalDropped == 0)
    }

    @Test("waiting times have full jitter, a limit, and are never shorter than the collector asks")
    func backoff() {
        var generator = SplitMix64(seed: 1)
        for (failures, ceiling) in [(1, 1.0), (2, 2), (3, 4), (5, 16), (6, 30), (50, 30)] {
            let delays = (0..<500).map { _ in
                Backoff.delay(afterFailures: failures, asked: nil, using: &generator) / .seconds(1)
            }
            #expect(delays.allSatisfy { (0...ceiling).contains($0) })
            #expect(delays.contains { $0 < ceiling * 0.2 } && delays.contains { $0 > ceiling * 0.8 })
        }
        #expect(Backoff.delay(afterFailures: 1, asked: .seconds(7), using: &generator) == .seconds(7))
    }

    @Test("a batch that is not taken within the export timeout is dropped and counted")
    func givingUp() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(
            configuration(), answering: Array(repeating: .retry(after: nil, reason: "503"), count: 1000),
            clock: clock.clock)
        test.telemetry.tracer.startSpan("a").end()
        await test.telemetry.flush()
        try await advance(clock, sleepers: 1) { test.telemetry.statistics.dropped(.traces, .unreachable) == 1 }
        #expect(clock.clock.monotonic() <= 30_000_000_000)
        #expect(test.exporter.attempts < 1000)
    }

    @Test(
        "what became of a batch is counted by its reason",
        arguments: [
            (ExportOutcome.refused(reason: "400"), ExportStatistics.DropReason.refused, UInt64(3)),
            (.accepted(rejected: 2), .rejected, 2), (.accepted(rejected: .max), .rejected, 3),
            (.sent(lost: 1, tooLarge: 0), .unreachable, 1),
            (.sent(lost: 0, tooLarge: 1), .tooLarge, 1),
            (.retry(after: .seconds(3600), reason: "429"), .unreachable, 3),
            (.tooLarge(reason: "413"), .tooLarge, 3), (.sent(lost: .max, tooLarge: .max), .unreachable, 3),
            (.sent(lost: -1, tooLarge: .min), .rejected, 0),
        ]
    )
    func outcomes(_ outcome: ExportOutcome, reason: ExportStatistics.DropReason, count: UInt64) async throws {
        let test = try TestTelemetry(answering: [outcome])
        for _ in 0..<3 { test.telemetry.tracer.startSpan("a").end() }
        #expect(await test.telemetry.flush() == (count == 0 ? .sent : .notSent))
        #expect(test.telemetry.statistics.dropped(.traces, reason) == count)
        #expect(test.telemetry.statistics.totalDropped == count)
        #expect(test.exporter.attempts == 1)
    }

    @Test("drops are summed up in one line a minute, and not at all where there are none")
    func summary() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(configuration(capacity: 10, batch: 10), clock: clock.clock)
        let running = Task { try await test.telemetry.run() }
        await clock.sleepers(atLeast: 2)
        let tracer = test.telemetry.tracer
        for _ in 0..<10_000 { tracer.startSpan("a").end() }
        let dropped = test.telemetry.statistics.dropped(.traces, .queueFull)
        #expect(dropped > 0)
        try await advance(clock, sleepers: 2) { clock.clock.monotonic() > 200_000_000_000 }
        running.cancel()
        try await running.value
        #expect(test.lines.count == 1)
        #expect(test.lines[0].contains("telemetry was dropped: traces queue_full=\(dropped)"))
    }

    @Test("after the shutdown nothing is kept, and what comes is counted")
    func afterShutdown() async throws {
        let test = try TestTelemetry()
        test.telemetry.tracer.startSpan("before").end()
        await test.telemetry.shutdown()
        test.telemetry.tracer.startSpan("after").end()
        await test.telemetry.flush()
        #expect(test.exporter.spans.map(\.name) == ["before"])
        #expect(test.exporter.isShutDown)
        #expect(test.telemetry.statistics.dropped(.traces, .shutdown) == 1)
    }

    @Test("a signal that is switched off is not queued and not counted as lost")
    func switchedOff() async throws {
        let environment = [
            "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none",
        ]
        let telemetry = try Telemetry(service: "orders", environment: environment)
        for _ in 0..<5000 { telemetry.tracer.startSpan("a").end() }
        await telemetry.shutdown()
        #expect(telemetry.statistics.totalDropped == 0)
    }

    @Test("any number of flushes at once send nothing twice, and all say that everything was sent")
    func flushesAtOnce() async throws {
        let test = try TestTelemetry(configuration())
        for index in 0..<1000 { test.telemetry.tracer.startSpan("span \(index)").end() }
        let results = await withTaskGroup(of: FlushResult.self) { group in
            for _ in 0..<20 { group.addTask { await test.telemetry.flush() } }
            return await group.reduce(into: Set<FlushResult>()) { $0.insert($1) }
        }
        #expect(results == [.sent])
        #expect(test.exporter.spans.count == 1000)
        #expect(Set(test.exporter.spans.map(\.spanID)).count == 1000)
    }

    @Test("a flush says when its time was over, and when something is left to send")
    func flushResults() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(
            configuration(), answering: [.retry(after: nil, reason: "503")], clock: clock.clock)
        test.telemetry.tracer.startSpan("a").end()
        #expect(await test.telemetry.flush() == .notSent)
        await test.telemetry.shutdown()
        #expect(test.exporter.spans.count == 1)

        let exporter = HangingExporter()
        let hanging = try Telemetry(configuration(), exporter: exporter, clock: clock.clock)
        hanging.tracer.startSpan("a").end()
        async let result = hanging.flush(within: .seconds(3))
        await exporter.begun()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(3))
        #expect(await result == .timedOut)
        async let ended: Void = hanging.shutdown()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(5))
        await ended
        #expect(hanging.statistics.dropped(.traces, .shutdown) == 1)
    }

    /// Longer than a batch has.
    static let patience = ExportOutcome.retry(after: .seconds(600), reason: "429")

    @Test("a collector that asks for patience is left alone by later batches, which wait in the queue")
    func retryAfterHolds() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(configuration(), answering: [Self.patience], clock: clock.clock)
        for name in ["given up", "first", "second"] {
            test.telemetry.tracer.startSpan(name).end()
            #expect(await test.telemetry.flush() == .notSent)
        }
        #expect(test.exporter.attempts == 1)
        #expect(test.telemetry.statistics.dropped(.traces, .unreachable) == 1)
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(600))
        await test.exporter.attempted(atLeast: 2)
        test.telemetry.tracer.startSpan("third").end()
        #expect(await test.telemetry.flush() == .sent)
        #expect(test.exporter.spans.map(\.name) == ["first", "second", "third"])
        #expect(test.telemetry.statistics.totalDropped == 1)
    }

    @Test("while a collector asks for patience, the queue keeps what it has room for and refuses what is newer")
    func patienceAndTheQueue() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(
            configuration(capacity: 5, batch: 2), answering: [Self.patience], clock: clock.clock)
        for index in 0..<5 { test.telemetry.tracer.startSpan("span \(index)").end() }
        // The first batch was tried, and the second is in the worker's hands.
        #expect(await test.telemetry.flush() == .notSent)
        for index in 5..<15 { test.telemetry.tracer.startSpan("span \(index)").end() }
        #expect(test.telemetry.statistics.dropped(.traces, .queueFull) == 6)
        try await advance(clock, sleepers: 1) { test.exporter.spans.count == 7 }
        #expect(test.exporter.spans.map(\.name) == (2..<9).map { "span \($0)" })
        #expect(test.telemetry.statistics.dropped(.traces, .unreachable) == 2)
        #expect(test.telemetry.statistics.totalDropped == 8)
    }

    @Test("what is measured while a collector asks for patience is in the next export of deltas")
    func patienceAndDeltas() async throws {
        let clock = ManualClock()
        var configuration = configuration()
        configuration.otlp = [.metrics: OTLPSettings(signal: .metrics)]
        configuration.metricTemporality = .delta
        let test = try TestTelemetry(configuration, answering: [Self.patience], clock: clock.clock)
        let hits = test.telemetry.meter.counter("hits")
        for hit in [1, 2, 3] {
            hits.add(hit)
            #expect(await test.telemetry.flush() == .notSent)
        }
        #expect(test.exporter.attempts == 1)
        try await advance(clock, sleepers: 1) { test.exporter.metric("hits") != nil }
        #expect(test.exporter.metric("hits")?.value() == 5)
    }

    @Test("a shutdown does not wait as long as a collector asks, and tries once more")
    func patienceAndShutdown() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(configuration(), answering: [Self.patience], clock: clock.clock)
        for name in ["given up", "first", "second"] {
            test.telemetry.tracer.startSpan(name).end()
            #expect(await test.telemetry.flush() == .notSent)
        }
        await test.telemetry.shutdown()
        #expect(test.exporter.attempts == 2)
        #expect(test.exporter.spans.map(\.name) == ["first", "second"])
        #expect(clock.clock.monotonic() == 0)
    }

    @Test("where nobody is there, a shutdown makes one attempt and does not wait")
    func shutdownOfTheUnreachable() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(
            configuration(batch: 10), answering: Array(repeating: .unreachable(reason: "refused"), count: 1000),
            clock: clock.clock)
        for _ in 0..<95 { test.telemetry.tracer.startSpan("a").end() }
        await test.telemetry.shutdown()
        #expect(test.exporter.attempts <= 2)
        #expect(test.telemetry.statistics.dropped(.traces, .unreachable) == 95)
        #expect(clock.clock.monotonic() == 0)
    }

    @Test("an exporter that does not come to its end holds the shutdown up no longer than its limit")
    func endlessExporter() async throws {
        let clock = ManualClock()
        let exporter = HangingExporter()
        let telemetry = try Telemetry(configuration(), exporter: exporter, clock: clock.clock)
        async let ended: Void = telemetry.shutdown()
        await exporter.shutdowns.reached(1)
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(5))
        await ended
    }

    @Test(
        "Retry-After is seconds or a date",
        arguments: [
            ("120", 120), ("0", 0), ("-5", 0), ("99999999999", 86400), ("Sun, 06 Nov 1994 08:49:37 GMT", 30),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0), ("soon", nil), ("", nil), ("99999999999999999999", nil),
            ("Sun, 06 Nov 1994 25:49:37 GMT", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov", nil),
        ] as [(String, Int?)]
    )
    func retryAfter(_ text: String, seconds: Int?) {
        // 1994-11-06T08:49:07Z
        let now: UnixNanoseconds = 784_111_747_000_000_000
        #expect(RetryAfter.duration(text, now: now) == seconds.map { .seconds($0) })
    }
}

/// Answers nothing until its task is cancelled.
private struct HangingExporter: TelemetryExporter {
    let shutdowns = Arrivals()
    private let begins: AsyncStream<Void>
    private let began: AsyncStream<Void>.Continuation

    init() { (begins, began) = AsyncStream.makeStream() }

    /// Returns when there was an attempt.
    func begun() async {
        for await _ in begins { return }
    }

    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        began.yield()
        try? await Task.sleep(for: .seconds(3600))
        return .retry(after: nil, reason: "cancelled")
    }

    func shutdown() async {
        shutdowns.arrived()
        try? await Task.sleep(for: .seconds(3600))
    }
}
