import ClewAnalysis
import ClewModel
import Testing

@Suite("Slow analysis")
struct SlowAnalysisTests {
    private let checkout = SlowAnalysis.Route(service: "gateway", operation: "POST /checkout")

    private func analysis(_ traces: [Trace], limits: SlowAnalysis.Limits = .init()) -> SlowAnalysis {
        var analysis = SlowAnalysis(from: 0, to: 10_000_000_000, limits: limits)
        for trace in traces { analysis.add(trace) }
        return analysis
    }

    private func single(_ duration: UInt64, number: UInt64 = 1, status: SpanStatus.Code = .unset) -> Trace {
        var builder = TraceBuilder(number)
        builder.add("gateway", "POST /checkout", .server, 0...duration, status: status)
        return builder.trace
    }

    @Test("the delayed hop of the slow tail is named", arguments: SyntheticShop.hops, [0.1, 0.15, 0.2])
    func tail(hop: String, share: Double) throws {
        var shop = SyntheticShop(seed: UInt64(share * 100))
        let traces = (0..<300).map { _ in
            let isSlow = Double.random(in: 0..<1, using: &shop.generator) < share
            return shop.trace(slow: hop, by: isSlow ? 20_000_000 : 0)
        }
        let report = try #require(analysis(traces).report(for: checkout))
        let culprit = try #require(report.culprit)
        #expect(culprit.hop.name == hop)
        #expect(culprit.shareOfDifference > 0.6)
        #expect(report.comparison == .tail)
        #expect(report.slow.count == 30)
        #expect(report.typical.count == 150)
        #expect(culprit.examples.count == 5)
        #expect(report.traceCount == 300)
    }

    @Test("a hop that became slower for every request is named against a baseline", arguments: SyntheticShop.hops)
    func baseline(hop: String) throws {
        var shop = SyntheticShop(seed: 4)
        let before = analysis((0..<100).map { _ in shop.trace() })
        let now = analysis((0..<100).map { _ in shop.trace(slow: hop, by: 5_000_000) })
        let report = try #require(now.report(for: checkout, against: before))
        let culprit = try #require(report.culprit)
        #expect(culprit.hop.name == hop)
        #expect(abs(culprit.change - 5_000_000) < 500_000)
        #expect(report.comparison == .baseline)
        #expect(report.slow.count == 100)
        #expect(report.traceCount == 200)
    }

    @Test("the changes of all hops sum to the difference, their slow means to the slow traces' mean")
    func sums() throws {
        for seed in UInt64(0)..<50 {
            var shop = SyntheticShop(seed: seed)
            let hop = SyntheticShop.hops.randomElement(using: &shop.generator) ?? ""
            let traces = (0..<40).map { _ in
                shop.trace(slow: hop, by: .random(in: 0...9_000_000, using: &shop.generator))
            }
            let report = try #require(analysis(traces).report(for: checkout))
            #expect(abs(report.hops.reduce(0) { $0 + $1.change } - Double(report.difference)) < 1)
            #expect(abs(report.hops.reduce(0) { $0 + $1.slowMean } - report.slow.meanDuration) < 1)
            #expect(abs(report.hops.reduce(0) { $0 + $1.shareOfDifference } - 1) < 1e-6)
            #expect(abs(report.hops.reduce(0) { $0 + $1.shareOfTime } - 1) < 1e-6)
        }
    }

    @Test("a single trace is compared with itself and accuses nothing")
    func oneTrace() throws {
        let report = try #require(analysis([single(500)]).report(for: checkout))
        #expect(report.difference == 0)
        #expect(report.culprit == nil)
        #expect(report.slow == report.typical)
        #expect(report.hops.map(\.slowMean) == [500])
    }

    @Test("two traces compare as slow and typical")
    func twoTraces() throws {
        let report = try #require(analysis([single(500), single(900, number: 2)]).report(for: checkout))
        #expect(report.difference == 400)
        #expect(report.culprit?.examples == [TraceID(high: 0, low: 2)])
    }

    @Test("equal durations accuse nothing")
    func equalDurations() throws {
        let report = try #require(analysis((1...50).map { single(500, number: $0) }).report(for: checkout))
        #expect(report.difference == 0)
        #expect(report.culprit == nil)
        #expect(report.durations == Quantiles(p50: 500, p90: 500, p95: 500, p99: 500, max: 500))
    }

    @Test("no traces give no report")
    func empty() {
        #expect(analysis([]).report(for: checkout) == nil)
        #expect(analysis([Trace(spans: [])]).reports().isEmpty)
    }

    @Test("fast failures are counted but are neither slow nor typical")
    func fastFailures() throws {
        var shop = SyntheticShop(seed: 9)
        let traces = (0..<200).map { number in
            number % 2 == 0
                ? shop.trace(failed: true) : shop.trace(slow: "orders.db", by: number % 10 == 1 ? 20_000_000 : 0)
        }
        let report = try #require(analysis(traces).report(for: checkout))
        #expect(report.errorCount == 100)
        #expect(report.traceCount == 200)
        #expect(report.slow.count == 10)
        #expect(report.typical.meanDuration > 8_000_000)
        #expect(report.culprit?.hop.name == "orders.db")
    }

    @Test("slow failures count as slow, and a route that only fails is still analysed")
    func slowFailures() throws {
        let timeouts = (1...20).map { single($0 == 20 ? 9000 : 500, number: $0, status: $0 == 20 ? .error : .unset) }
        let report = try #require(analysis(timeouts).report(for: checkout))
        #expect(report.slow.meanDuration == (9000 + 500) / 2)
        let failing = (1...20).map { single($0 * 100, number: $0, status: .error) }
        #expect(analysis(failing).report(for: checkout)?.slow.meanDuration == 1950)
    }

    @Test("a trace without its root is counted as incomplete")
    func incomplete() throws {
        var builder = TraceBuilder()
        builder.add("orders", "POST /orders", .server, 0...100, in: SpanID(99))
        let report = try #require(analysis([builder.trace, single(500)]).report(for: checkout))
        #expect(report.incompleteTraces == 1)
        #expect(report.traceCount == 1)
    }

    @Test("a baseline without the route falls back to the tail")
    func missingBaseline() {
        #expect(analysis([single(500)]).report(for: checkout, against: analysis([]))?.comparison == .tail)
    }

    @Test("routes are ranked by the time that was lost on them")
    func ranking() {
        var traces: [Trace] = []
        for (route, gain) in [("mild", UInt64(10)), ("severe", 1000), ("none", 0)] {
            for number in UInt64(0)..<20 {
                var builder = TraceBuilder(number)
                builder.add("gateway", route, .server, 0...(100 + (number >= 18 ? gain : 0)))
                traces.append(builder.trace)
            }
        }
        #expect(analysis(traces).reports().map(\.operation) == ["severe", "mild", "none"])
    }

    @Test("past the bound a route's traces are sampled evenly, and the report says how many are left out")
    func sampling() throws {
        let limits = SlowAnalysis.Limits(tracesPerRoute: 1000)
        let report = try #require(
            analysis((1...20_000).map { single($0, number: $0) }, limits: limits).report(for: checkout))
        #expect(report.traceCount == 20_000)
        #expect(report.unsampledTraces == 19_000)
        #expect((9000...11_000).contains(report.durations.p50))
        #expect(report.durations.max > 19_500)
    }

    @Test("with the store of hop totals full, known routes keep their sample and new ones get a small one")
    func fullStore() throws {
        let limits = SlowAnalysis.Limits(hopTotals: 300)
        var traces = (1...1000).map { single($0, number: $0) }
        traces += (UInt64(1)...1000).map { number in
            var builder = TraceBuilder(number)
            builder.add("orders", "late route", .server, 0...number)
            return builder.trace
        }
        let analysis = analysis(traces, limits: limits)
        #expect(analysis.report(for: checkout)?.unsampledTraces == 700)
        let late = SlowAnalysis.Route(service: "orders", operation: "late route")
        #expect(analysis.report(for: late)?.unsampledTraces == 900)
    }

    @Test("past the bound on routes and hops, traces are counted and hops lumped; own times still sum")
    func bounds() throws {
        var traces: [Trace] = []
        for number in UInt64(1)...50 {
            var builder = TraceBuilder(number)
            let root = builder.add("gateway", "POST /checkout", .server, 0...1000)
            builder.add("gateway", "step \(number)", .internal, 100...(400 + number), in: root)
            traces.append(builder.trace)
            builder = TraceBuilder(number)
            builder.add("gateway", "GET /user/\(number)", .server, 0...10)
            traces.append(builder.trace)
        }
        let analysis = analysis(traces, limits: .init(routes: 10, hops: 8))
        #expect(analysis.routes.count == 10)
        #expect(analysis.droppedTraces == 41)
        let report = try #require(analysis.report(for: checkout))
        #expect(report.hops.contains { $0.hop.operation == "_other" })
        #expect(report.hops.reduce(0) { $0 + $1.slowMean } == 1000)
    }

    @Test("equal input gives an equal report")
    func deterministic() {
        func reports() -> [SlowReport] {
            var shop = SyntheticShop(seed: 3)
            let traces = (0..<500).map { _ in
                shop.trace(by: .random(in: 0...5_000_000, using: &shop.generator))
            }
            return analysis(traces, limits: .init(tracesPerRoute: 100)).reports()
        }
        #expect(reports() == reports())
    }
}
