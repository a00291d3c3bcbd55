import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Trace comparison")
struct TraceComparisonTests {
    private let ms = CheckoutTraces.ms

    private func checkouts(_ count: UInt64 = 40, queries: UInt64 = 1) -> [Trace] {
        (0..<count).map { CheckoutTraces.trace(1000 + $0, queries: queries) }
    }

    // MARK: - Ranks

    @Test("a span is slow above the p95 and very slow above the p99, not at them")
    func boundaries() {
        // A tenth apart each, so that no two are in one bucket.
        var durations: [UInt64] = []
        var duration = 1000.0
        for _ in 0..<100 {
            durations.append(UInt64(duration))
            duration *= 1.1
        }
        let others = durations.enumerated().map { CheckoutTraces.single(UInt64($0) + 2, $1) }
        func mark(_ duration: UInt64) -> SpanRank.Mark {
            TraceComparison(CheckoutTraces.single(1, duration), against: others).ranks[0].mark
        }
        #expect(mark(0) == .none)
        #expect(mark(durations[49]) == .none)
        #expect(mark(durations[94]) == .none)
        #expect(mark(durations[95]) == .slow)
        #expect(mark(durations[98]) == .slow)
        #expect(mark(durations[99]) == .verySlow)
        #expect(mark(.max) == .verySlow)
    }

    @Test("where all take as long, nothing is marked", arguments: [0, 1, 500, 1_000_000] as [UInt64])
    func equalDurations(duration: UInt64) {
        let others = (2...60).map { CheckoutTraces.single($0, duration) }
        let rank = TraceComparison(CheckoutTraces.single(1, duration), against: others).ranks[0]
        #expect(rank.mark == .none)
        #expect(rank.count == 59)
        #expect(!rank.isMarked)
    }

    @Test("fewer than 20 samples mark nothing, however long the span")
    func fewSamples() {
        for count in UInt64(0)...25 {
            let others = (0..<count).map { CheckoutTraces.single($0 + 2, ms) }
            let comparison = TraceComparison(CheckoutTraces.single(1, 500 * ms), against: others)
            #expect(comparison.ranks[0].mark == (count < 20 ? .unusual : .verySlow), "\(count)")
            #expect(comparison.verdict.outcome == (count < 20 ? .tooFew : .slow), "\(count)")
        }
    }

    @Test("a rank has the quantiles and the factor over the median")
    func factor() {
        let rank = TraceComparison(CheckoutTraces.trace(1, query: 60 * ms), against: checkouts()).ranks[3]
        #expect(rank.mark == .verySlow)
        #expect(rank.count == 40)
        #expect(abs(rank.factor - 10) <= 0.45)
        #expect(rank.p50 == rank.p95 && rank.p95 == rank.p99)
    }

    // MARK: - Verdict

    @Test("the span whose own time grew is named, with its excess and the share of it")
    func ownTime() throws {
        let trace = CheckoutTraces.trace(1, query: 400 * ms)
        let verdict = TraceComparison(trace, against: checkouts()).verdict
        let cause = try #require(verdict.cause)
        #expect(verdict.outcome == .slow)
        #expect(verdict.samples == 40)
        #expect(verdict.duration == 410 * ms)
        #expect(cause.kind == .ownTime)
        #expect(cause.span == trace.place("SELECT item"))
        #expect(cause.count == 1 && cause.usualCount == 1)
        #expect(cause.time == 400 * ms)
        #expect(abs(Double(cause.excess) - 394e6) < 0.3e6)
        #expect(abs(cause.share - 1) < 0.01)
    }

    @Test("the slow hop of a shop is named", arguments: SyntheticShop.hops)
    func hops(hop: String) throws {
        var shop = SyntheticShop(seed: 11)
        let others = (0..<60).map { _ in shop.trace() }
        let trace = shop.trace(slow: hop, by: 20_000_000)
        let cause = try #require(TraceComparison(trace, against: others).verdict.cause)
        #expect(Hop(of: cause.span, in: trace).name == hop)
        #expect(cause.share > 0.7)
    }

    @Test("more calls than usual are named as such: 14 instead of 2")
    func calls() throws {
        let trace = CheckoutTraces.trace(1, queries: 14)
        let cause = try #require(TraceComparison(trace, against: checkouts(queries: 2)).verdict.cause)
        #expect(cause.kind == .calls)
        #expect(cause.span == trace.place("SELECT item"))
        #expect(cause.count == 14 && cause.usualCount == 2)
        #expect(abs(Double(cause.excess) - 72e6) < 0.05 * 72e6)
        #expect(cause.time == 84 * ms)
    }

    @Test("a call that most traces do without is named")
    func unusualCall() throws {
        let others = (2...61).map { CheckoutTraces.trace($0, query: 50 * ms, queries: $0 % 3 == 0 ? 1 : 0) }
        let cause = try #require(
            TraceComparison(CheckoutTraces.trace(1, query: 50 * ms), against: others).verdict.cause)
        #expect(cause.kind == .calls)
        #expect(cause.count == 1 && cause.usualCount == 0)
        #expect(cause.share > 0.9)
    }

    @Test("a slow call that is made twice is slow, not one too many")
    func slowRetry() throws {
        let trace = CheckoutTraces.trace(1, query: 400 * ms, queries: 2)
        let cause = try #require(TraceComparison(trace, against: checkouts()).verdict.cause)
        #expect(cause.kind == .ownTime)
        #expect(cause.count == 2 && cause.usualCount == 1)
        #expect(cause.time == 800 * ms)
    }

    @Test("what nobody waited for is not to blame")
    func background() throws {
        func trace(_ number: UInt64, _ work: UInt64, _ background: UInt64) -> Trace {
            var builder = TraceBuilder(number)
            let root = builder.add("orders", "POST /orders", .server, 0...(work + 2 * ms))
            builder.add("orders", "work", .internal, ms...(ms + work), in: root)
            builder.add("orders", "background", .internal, ms...(ms + background), in: root)
            return builder.trace
        }
        let slow = trace(1, 200 * ms, 190 * ms)
        let others = (2...41).map { trace($0, 20 * ms, ms) }
        let cause = try #require(TraceComparison(slow, against: others).verdict.cause)
        #expect(cause.span == slow.place("work"))
        #expect(cause.share > 0.9)
    }

    @Test("a trace as long as others is as usual, a millisecond more or less")
    func asUsual() {
        for query in [0, 3, 6, 7] as [UInt64] {
            let trace = CheckoutTraces.trace(1, query: query * ms)
            let verdict = TraceComparison(trace, against: checkouts()).verdict
            #expect(verdict.outcome == .asUsual, "\(query)")
            #expect(verdict.cause == nil)
        }
    }

    @Test("a failed trace failed where no failed child explains it, whatever the others are")
    func failed() {
        let trace = CheckoutTraces.trace(1, queries: 3, isFailed: true)
        for others in [[], checkouts()] {
            let verdict = TraceComparison(trace, against: others).verdict
            #expect(verdict.outcome == .failed)
            #expect(verdict.failure == trace.spans.indices.last)
            #expect(verdict.isCompared == !others.isEmpty)
        }
    }

    @Test("an empty trace, and a trace without a baseline, are compared with nothing")
    func empty() {
        let empty = TraceComparison(Trace(spans: []), baseline: OperationBaseline())
        #expect(empty.ranks.isEmpty)
        #expect(empty.verdict.outcome == .tooFew)
        let comparison = TraceComparison(CheckoutTraces.trace(1), baseline: OperationBaseline())
        #expect(comparison.ranks.allSatisfy { $0.mark == .unusual })
        #expect(comparison.verdict.outcome == .tooFew)
    }

    @Test("hostile spans are compared without a trap and shown without harm")
    func hostile() {
        var hostile = HostileSpans(seed: 5)
        let traces = (0..<40).flatMap { _ in
            Dictionary(grouping: hostile.next().map { SpanSummary($0) }, by: \.traceID).values.map { Trace(spans: $0) }
        }
        for trace in traces.prefix(60) {
            let comparison = TraceComparison(trace, against: traces)
            #expect(comparison.ranks.count == trace.count)
            #expect(WaterfallPanel(trace, comparison: comparison).isSafe)
        }
    }
}
