import ClewAnalysis
import ClewModel
import Synchronization
import Testing

@testable import ClewQuery

@Suite struct QueryEngineTests {
    private let store = MemoryStore(spans: Fixture.requests)
    private let window = Fixture.start..<Fixture.end

    @Test("past the bound on spans whole traces are sampled, and the result says so")
    func sampling() async throws {
        let map = try await QueryEngine(store: store, maximumSpans: 200).map(window)
        #expect(map.sampling.spansRead == 400)
        #expect(map.sampling.keptShare < 1)
        let calls = map.value.edges.map(\.calls)
        #expect(calls.allSatisfy { $0 == calls.first })
        #expect((calls.first ?? 0) * 4 == map.sampling.spansRead - map.sampling.spansDropped)
    }

    @Test("a trace counts in the window in which its root starts, whole")
    func edges() async throws {
        let edge = Fixture.start + 60 * Fixture.second + 12 * Fixture.millisecond
        let engine = QueryEngine(store: store)
        let before = try await engine.slow(SlowQuestion(window: Fixture.start..<edge)).value.first
        let after = try await engine.slow(SlowQuestion(window: edge..<Fixture.end)).value.first
        #expect(before?.traceCount == 11)
        #expect(after?.traceCount == 89)
        #expect(before?.incompleteTraces == 0 && after?.incompleteTraces == 0)
    }

    @Test("an explanation looks at every trace in parts, and samples whole ones only past them")
    func explanationInParts() async throws {
        let question = ExplainQuestion(window: window, baseline: Fixture.start..<Fixture.start + 1)
        let parts = try await QueryEngine(store: store, maximumSpans: 400).explain(question)
        #expect(parts.now.traces == 100 && parts.now.spans == 400)
        #expect(parts.keptShare == 1)
        let sampled = try await QueryEngine(store: store, maximumSpans: 40).explain(question)
        #expect(sampled.keptShare < 1)
        #expect(sampled.now.spans == 4 * sampled.now.traces)
        #expect(parts.oversizedTraces == 0 && sampled.oversizedTraces == 0)
    }

    @Test("a trace that would take all the room is left out of an explanation, and counted")
    func oversized() async throws {
        var spans = Fixture.requests
        let first = try #require(spans.first)
        for number in 1...5000 {
            var child = first
            child.spanID = SpanID(UInt64(1_000_000 + number))
            child.parentSpanID = first.spanID
            spans.append(child)
        }
        // So far before that the trace is in reach of one window only.
        let question = ExplainQuestion(window: window, baseline: 1..<2)
        let engine = QueryEngine(store: MemoryStore(spans: spans), maximumSpans: 16_000)
        let explanation = try await engine.explain(question)
        #expect(explanation.oversizedTraces == 1)
        #expect(explanation.now.traces == 99)
        #expect(explanation.keptShare == 1)
    }

    @Test("an explanation nobody waits for ends")
    func explanationCancelled() async throws {
        let engine = QueryEngine(store: store)
        let question = ExplainQuestion(window: window)
        let (never, source) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            // Ends when the task is cancelled, so that the outcome depends on no timing.
            for await _ in never {}
            return try await engine.explain(question)
        }
        task.cancel()
        let result = await task.result
        source.finish()
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test("a service without entries is listed")
    func batchService() async throws {
        let store = MemoryStore(spans: [Fixture.span(1, service: "batch", kind: .internal)])
        #expect(try await QueryEngine(store: store).services(window).map(\.name) == ["batch"])
    }

    @Test("a trace without spans has no baseline, one that is alone an empty one")
    func loneBaseline() async throws {
        let engine = QueryEngine(store: MemoryStore(spans: Fixture.request(1, at: Fixture.start, database: 1)))
        #expect(try await engine.baseline(of: TraceID(high: 7, low: 2)) == nil)
        let alone = try await engine.baseline(of: TraceID(high: 7, low: 1))
        #expect(alone?.traceCount == 0)
        #expect(alone?.operations.count == 4)
    }

    @Test("past its bound a baseline is of a sample of the traces, and says so")
    func sampledBaseline() async throws {
        let spans = (1...2501 as ClosedRange<UInt64>).map { number in
            Fixture.span(trace: number, 1, start: Fixture.start + number * Fixture.millisecond)
        }
        let engine = QueryEngine(store: MemoryStore(spans: spans))
        let baseline = try await engine.baseline(of: TraceID(high: 7, low: 2501))
        #expect(baseline?.route?.count == QueryEngine.maximumBaselineTraces)
        #expect(baseline?.keptShare == 0.8)
    }

    @Test("a trace of a rare route is compared with others that enter its services")
    func rareRoute() async throws {
        var rare = Fixture.request(500, at: Fixture.end, database: Fixture.millisecond)
        rare[0].name = "GET /rare"
        let engine = QueryEngine(store: MemoryStore(spans: Fixture.requests + rare))
        let baseline = try await engine.baseline(of: TraceID(high: 7, low: 500))
        #expect(baseline?.route?.count == 0)
        #expect(baseline?.operations.map(\.count) == [0, 100, 100, 100])
    }

    @Test("a baseline reaches back as far as it is told, to 1970 at most", arguments: [1, .max] as [UInt64])
    func baselineWindow(window: UInt64) async throws {
        let baseline = try await QueryEngine(store: store).baseline(of: TraceID(high: 7, low: 100), window: window)
        #expect(baseline?.traceCount == (window == 1 ? 0 : 99))
    }

    @Test("windows at the ends of time are answered", arguments: [0..<UInt64.max, 0..<0, UInt64.max..<UInt64.max])
    func extremes(window: Range<UInt64>) async throws {
        let engine = QueryEngine(store: store)
        _ = try await engine.red(window)
        _ = try await engine.map(window)
        _ = try await engine.slow(SlowQuestion(window: window, baseline: window))
        _ = try await engine.profile(ProfileQuestion(window: window, grouping: TraceGrouping(by: "service.name")))
        _ = try await engine.explain(ExplainQuestion(window: window, baseline: window))
        _ = try await engine.explain(ExplainQuestion(window: window))
        _ = try await engine.services(window)
    }
}

@Suite struct AnalysisSlotsTests {
    /// How many run now, how many ran at most at a time, and how many have ended.
    private final class Tally: Sendable {
        private let counts = Mutex([0, 0, 0])

        var most: Int { counts.withLock { $0[1] } }
        var done: Int { counts.withLock { $0[2] } }

        func begin() {
            counts.withLock {
                $0[0] += 1
                $0[1] = max($0[0], $0[1])
            }
        }

        func end() {
            counts.withLock {
                $0[0] -= 1
                $0[2] += 1
            }
        }
    }

    @Test("no more analyses run at a time than there are slots, and all of them run")
    func bound() async {
        let slots = AnalysisSlots(2)
        let tally = Tally()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await slots.run {
                        tally.begin()
                        await Task.yield()
                        tally.end()
                    }
                }
            }
        }
        #expect((1...2).contains(tally.most))
        #expect(tally.done == 50)
    }
}
