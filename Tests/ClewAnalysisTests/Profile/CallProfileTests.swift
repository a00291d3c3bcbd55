import ClewAnalysis
import ClewModel
import Foundation
import Testing

@Suite("Call profiles")
struct CallProfileTests {
    private func profiles(
        _ traces: [Trace], limits: CallProfileBuilder.Limits = CallProfileBuilder.Limits()
    ) -> [CallProfile] {
        var builder = CallProfileBuilder(from: 0, to: 10, limits: limits)
        for trace in traces { builder.add(trace) }
        return builder.finish()
    }

    /// Whether own times sum to the route's mean duration and shares to one.
    private func addsUp(_ profile: CallProfile) -> Bool {
        let own = profile.nodes.reduce(0) { $0 + $1.ownTime }
        let share = profile.nodes.reduce(0) { $0 + $1.share }
        let isWhole = abs(own - profile.meanDuration) <= 1e-9 * max(1, profile.meanDuration)
        return isWhole && (profile.meanDuration == 0 ? share == 0 : abs(share - 1) < 1e-9)
    }

    // MARK: - Properties

    @Test("own times sum to the mean duration, whatever the traces", arguments: 0..<20 as Range<UInt64>)
    func sums(seed: UInt64) {
        let traces = (0..<100).map { Trace(spans: RandomTrace.spans(seed: seed * 100 + $0)) }
        let profiles = profiles(traces)
        #expect(!profiles.isEmpty)
        #expect(profiles.allSatisfy(addsUp))
        #expect(traces.compactMap { CallProfile(of: $0) }.allSatisfy(addsUp))
    }

    @Test("own times sum where the bound on nodes is reached", arguments: [0, 1, 2, 7, 30])
    func sumsWithinBounds(limit: Int) {
        let traces = (0..<500 as Range<UInt64>).map { Trace(spans: RandomTrace.spans(seed: $0)) }
        let profiles = profiles(traces, limits: .init(nodesPerProfile: limit))
        #expect(profiles.allSatisfy(addsUp))
        // Each node may have one more, for what is past the bound.
        #expect(profiles.allSatisfy { $0.nodes.count <= 2 * max(limit, 1) })
    }

    @Test("traces and spans in any order give one profile", arguments: 0..<20 as Range<UInt64>)
    func orderIndependent(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let spans = (0..<30).map { RandomTrace.spans(seed: seed * 30 + $0) }
        let shuffled = spans.shuffled(using: &generator).map { $0.shuffled(using: &generator) }
        #expect(profiles(spans.map { Trace(spans: $0) }) == profiles(shuffled.map { Trace(spans: $0) }))
    }

    @Test("spans that were sent twice count once")
    func duplicates() {
        let spans = Checkout(queries: 3).spans()
        #expect(profiles([Trace(spans: spans + spans)]) == profiles([Trace(spans: spans)]))
    }

    @Test("every node comes after its caller, is one level deeper, and is followed by what it calls")
    func shape() {
        for seed in UInt64(0)..<300 {
            for profile in profiles([Trace(spans: RandomTrace.spans(seed: seed))]) {
                var open: [Int] = []
                for (index, node) in profile.nodes.enumerated() {
                    while let last = open.last, last != node.parent { open.removeLast() }
                    #expect((node.parent == nil) == (index == 0), "seed \(seed)")
                    #expect(node.depth == open.count, "seed \(seed)")
                    open.append(index)
                }
            }
        }
    }

    // MARK: - The tree

    @Test("a request reads as it happens, repeated calls as one node")
    func tree() throws {
        let profile = try #require(Checkout(queries: 3).profile(10))
        #expect(profile.traceCount == 10)
        #expect(profile.meanDuration == 37e6)
        #expect(
            profile.nodes.map { "\($0.depth) \($0.hop.name) \($0.hop.operation)" } == [
                "0 gateway POST /checkout", "1 gateway->orders POST", "2 orders POST /orders", "3 orders.db SELECT",
                "3 orders audit", "3 orders->tax GET", "4 tax GET /tax",
            ])
        let query = try #require(profile.node("SELECT"))
        #expect(query.calls == 3 && query.waitedCalls == 3)
        #expect(query.ownTime == 15e6)
        #expect(query.ownTimes.max == 15_000_000 && query.durations.max == 5_000_000)
        #expect(query.traces == 10 && query.waitingTraces == 10)
        #expect(query.start == 2e6)
        #expect(abs(query.share - 15.0 / 37) < 1e-12)
        #expect(profile.heaviest.first?.hop.operation == "SELECT")
    }

    @Test("a call that nobody waits for is there, without a share of the time")
    func parallel() throws {
        let audit = try #require(Checkout().profile()?.node("audit"))
        #expect(audit.calls == 1 && audit.waitedCalls == 0)
        #expect(audit.ownTime == 0 && audit.share == 0 && !audit.isWaitedFor)
        #expect(audit.durations.max == 1_000_000)
    }

    @Test("a mean counts traces without the hop as zero, quantiles and errors only those with it")
    func rareHop() throws {
        var builder = CallProfileBuilder(from: 0, to: 1)
        for number in 1...4 as ClosedRange<UInt64> {
            builder.add(Checkout(hasTax: number == 1, isTaxFailing: true).trace(number))
        }
        let tax = try #require(builder.finish().first?.node("GET /tax"))
        #expect(tax.ownTime == 2.5e6)
        #expect(tax.ownTimes.max == 10_000_000 && tax.ownTimes.p50 >= 9_500_000)
        #expect(tax.traces == 1 && tax.calls == 0.25)
        #expect(tax.errorShare == 1)
    }

    @Test("a chain a hundred thousand deep is folded at the bound, and nothing recurses")
    func deepChain() throws {
        let count: UInt64 = 100_000
        let spans = (0..<count).map { number in
            SpanSummary(
                traceID: TraceID(high: 0, low: 1), spanID: SpanID(number + 1),
                parentSpanID: number == 0 ? nil : SpanID(number), service: "s", name: "n", kind: .internal,
                start: number, end: 3 * count - number)
        }
        let profile = try #require(profiles([Trace(spans: spans)]).first)
        #expect(profile.nodes.count == 1001)
        #expect(profile.nodes.last?.hop.service == "_other")
        #expect(addsUp(profile))
    }

    // MARK: - Routes and groups

    @Test("a trace without its root belongs to no route and is counted")
    func incomplete() throws {
        var spans = Checkout().spans()
        spans.removeLast()
        let profile = try #require(profiles([Trace(spans: spans), Checkout().trace(2)]).first)
        #expect(profile.traceCount == 1 && profile.incompleteTraces == 1)
        #expect(CallProfile(of: Trace(spans: spans))?.service == "gateway")
        #expect(CallProfile(of: Trace(spans: [])) == nil)
    }

    @Test("only the route that is asked for is merged; routes past the bound are counted")
    func routes() {
        func trace(_ service: String, _ name: String, _ number: UInt64) -> Trace {
            var builder = TraceBuilder(number)
            builder.add(service, name, .server, 0...100)
            return builder.trace
        }
        let traces = [trace("a", "GET /", 1), trace("b", "GET /", 2), trace("a", "POST /", 3), trace("b", "GET /", 4)]
        #expect(profiles(traces).map(\.service) == ["b", "a", "a"])
        var only = CallProfileBuilder(from: 0, to: 1, service: "a", operation: "GET /")
        var few = CallProfileBuilder(from: 0, to: 1, limits: .init(routes: 1))
        for trace in traces {
            only.add(trace)
            few.add(trace)
        }
        #expect(only.finish().map(\.traceCount) == [1])
        #expect(few.finish().map(\.route.service) == ["a"])
        #expect(few.droppedTraces == 3)
    }

    @Test("the groups with most traces are kept, the others are one, and none is lost")
    func manyGroups() {
        var builder = CallProfileBuilder(from: 0, to: 1)
        for number in 1...100 as ClosedRange<UInt64> {
            builder.add(Checkout(queries: 1 + number % 3).trace(number), group: "v\(number % 100 / 10)")
        }
        for number in 1...5 as ClosedRange<UInt64> { builder.add(Checkout().trace(number), group: "rare") }
        let profiles = builder.finish()
        #expect(profiles.map(\.group) == ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "_other"])
        #expect(profiles.reduce(0) { $0 + $1.traceCount } == 105)
        #expect(profiles.last?.traceCount == 25)
        #expect(profiles.allSatisfy(addsUp))
    }

    @Test("a profile is the same after a way as JSON")
    func json() throws {
        let profile = try #require(Checkout(queries: 2).profile(3))
        let decoded = try JSONDecoder().decode(CallProfile.self, from: JSONEncoder().encode(profile))
        #expect(decoded == profile)
    }
}
