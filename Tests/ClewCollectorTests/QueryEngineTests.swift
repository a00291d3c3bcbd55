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

    @Test("a service without entries is listed")
    func batchService() async throws {
        let store = MemoryStore(spans: [Fixture.span(1, service: "batch", kind: .internal)])
        #expect(try await QueryEngine(store: store).services(window).map(\.name) == ["batch"])
    }

    @Test("windows at the ends of time are answered", arguments: [0..<UInt64.max, 0..<0, UInt64.max..<UInt64.max])
    func extremes(window: Range<UInt64>) async throws {
        let engine = QueryEngine(store: store)
        _ = try await engine.red(window)
        _ = try await engine.map(window)
        _ = try await engine.slow(SlowQuestion(window: window, baseline: window))
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
