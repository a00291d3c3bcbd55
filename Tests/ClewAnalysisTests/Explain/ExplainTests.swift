import ClewAnalysis
import ClewModel
import Testing

@Suite("Explaining a change")
struct ExplainTests {
    private func profile(_ traces: [Trace], records: (Trace) -> [LogRecord] = { _ in [] }) -> ExplainProfile {
        var profile = ExplainProfile(from: 0, to: 10_000_000_000)
        for trace in traces { profile.add(trace.spans.map { ExplainSpan($0) }, records(trace)) }
        return profile
    }

    private func usual(seed: UInt64, count: Int = 100) -> [Trace] {
        var shop = SyntheticShop(seed: seed)
        return (0..<count).map { _ in shop.trace() }
    }

    @Test(
        "the service whose hop got slower is named",
        arguments: [
            ("gateway", "gateway"), ("gateway->orders", "orders"), ("orders", "orders"), ("orders.db", "orders"),
            ("orders->payments", "payments"), ("payments", "payments"), ("payments->api.bank.example", "payments"),
        ])
    func latency(hop: String, service: String) throws {
        var shop = SyntheticShop(seed: 4)
        let before = profile((0..<100).map { _ in shop.trace() })
        let now = profile((0..<100).map { _ in shop.trace(slow: hop, by: 20_000_000) })
        let explanation = ExplainAnalysis.explain(now, against: before)
        let cause = try #require(explanation.cause)
        #expect(cause.service == service)
        #expect(cause.confidence == .high)
        #expect(!cause.evidence.isEmpty)
        #expect(cause.evidence.contains { !$0.examples.isEmpty })
    }

    @Test("nothing is named where nothing changed", arguments: UInt64(1)...20)
    func nothing(seed: UInt64) {
        let explanation = ExplainAnalysis.explain(profile(usual(seed: seed)), against: profile(usual(seed: seed + 100)))
        #expect(explanation.cause == nil)
    }

    @Test("the changes of a route's hops and the rest sum to its change")
    func sums() throws {
        var shop = SyntheticShop(seed: 9)
        let before = profile((0..<50).map { _ in shop.trace() })
        let now = profile((0..<50).map { _ in shop.trace(slow: "orders.db", by: 9_000_000) })
        let route = try #require(ExplainAnalysis.explain(now, against: before).routes.first)
        #expect(abs(route.change - 9_000_000) < 1_000_000)
        #expect(abs(route.hops.reduce(0) { $0 + $1.change } + route.rest - route.change) < 1)
        #expect(route.hops.first?.hop.name == "orders.db")
    }

    @Test("neither the order of traces and spans nor duplicates matter", arguments: UInt64(1)...10)
    func order(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let (before, now) = (usual(seed: seed), usual(seed: seed + 50))
        let plain = ExplainAnalysis.explain(profile(now), against: profile(before))
        var shuffled = ExplainProfile(from: 0, to: 10_000_000_000)
        for trace in now.shuffled(using: &generator) {
            var spans = trace.spans
            if let again = spans.randomElement(using: &generator) { spans.append(again) }
            shuffled.add(spans.shuffled(using: &generator).map { ExplainSpan($0) })
        }
        let other = ExplainAnalysis.explain(shuffled, against: profile(before))
        #expect(other.suspects.map(\.service) == plain.suspects.map(\.service))
        #expect(zip(other.suspects, plain.suspects).allSatisfy { abs($0.score - $1.score) < 1e-6 })
    }

    @Test("a failing callee is named, not the callers that fail because of it")
    func errors() throws {
        func traces(failing: Bool) -> [Trace] {
            (1...60).map { number in
                var builder = TraceBuilder(UInt64(number))
                let status: SpanStatus.Code = failing && number % 3 == 0 ? .error : .unset
                let root = builder.add("gateway", "GET /", .server, 0...9_000_000, status: status)
                let client = builder.add("gateway", "GET", .client, 1_000_000...8_000_000, in: root, status: status)
                builder.add("stock", "GET /stock", .server, 2_000_000...7_000_000, in: client, status: status)
                return builder.trace
            }
        }
        let explanation = ExplainAnalysis.explain(
            profile(traces(failing: true)), against: profile(traces(failing: false)))
        let cause = try #require(explanation.cause)
        #expect(cause.service == "stock")
        #expect(cause.evidence.first?.kind == .errors)
        #expect(abs((cause.evidence.first?.now ?? 0) - 1 / 3) < 1e-9)
    }

    @Test("of a caller that stops after an answer, the one who answered is named")
    func stops() throws {
        func traces(stopping: Bool) -> [Trace] {
            (1...60).map { number in
                var builder = TraceBuilder(UInt64(number))
                let root = builder.add("web", "GET /", .server, 0...9_000_000)
                let first = builder.add("web", "GET catalog", .client, 1_000_000...3_000_000, in: root)
                builder.add("catalog", "GET /catalog", .server, 1_500_000...2_500_000, in: first)
                if stopping && number % 2 == 0 { return builder.trace }
                let second = builder.add("web", "GET ads", .client, 4_000_000...8_000_000, in: root)
                builder.add("ads", "GET /ads", .server, 5_000_000...7_000_000, in: second)
                return builder.trace
            }
        }
        let explanation = ExplainAnalysis.explain(
            profile(traces(stopping: true)), against: profile(traces(stopping: false)))
        let cause = try #require(explanation.cause)
        #expect(cause.service == "catalog")
        #expect(cause.evidence.first?.kind == .missingCalls)
    }

    @Test("a new error line counts, and the lines of the usual do not")
    func logs() throws {
        func records(_ trace: Trace, failing: Bool) -> [LogRecord] {
            let number = trace.spans[0].traceID.low
            let place = trace.place("POST /payments")
            let span = trace.spans[place]
            let bad = failing && number % 4 == 0
            return [
                LogRecord(
                    time: span.start, severityNumber: bad ? 17 : 9,
                    body: .string(bad ? "bank refused card \(number)" : "charged order \(number)"),
                    traceID: span.traceID, spanID: span.spanID)
            ]
        }
        let before = profile(usual(seed: 3)) { records($0, failing: false) }
        let now = profile(usual(seed: 5)) { records($0, failing: true) }
        let cause = try #require(ExplainAnalysis.explain(now, against: before).cause)
        #expect(cause.service == "payments")
        #expect(cause.evidence.first?.pattern == "bank refused card <*>")
    }

    @Test("the one version that deviates is said")
    func version() throws {
        func profile(slow: Bool) -> ExplainProfile {
            var shop = SyntheticShop(seed: slow ? 1 : 2)
            var profile = ExplainProfile(from: 0, to: 10_000_000_000)
            for number in 0..<200 {
                let isNew = number % 2 == 0
                let trace = shop.trace(slow: "payments", by: slow && isNew ? 30_000_000 : 0)
                profile.add(trace.spans.map { ExplainSpan($0, version: isNew ? "2.0.0" : "1.0.0", host: "h1") })
            }
            return profile
        }
        let cause = try #require(ExplainAnalysis.explain(profile(slow: true), against: profile(slow: false)).cause)
        #expect(cause.service == "payments")
        #expect(cause.only == ["service.version = 2.0.0"])
    }

    @Test("hostile spans and empty sides are explained without harm")
    func hostile() {
        let empty = ExplainProfile(from: 0, to: 1)
        #expect(ExplainAnalysis.explain(empty, against: empty).suspects.isEmpty)
        var odd = ExplainProfile(from: 0, to: 1)
        for seed in UInt64(0)..<200 { odd.add(RandomTrace.spans(seed: seed).map { ExplainSpan($0) }) }
        #expect(ExplainAnalysis.explain(odd, against: empty).cause == nil)
        _ = ExplainAnalysis.explain(odd, against: odd)
    }
}
