import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about calls: what happens when they fail")
struct CallRuleTestsFailure {
    private func milliseconds(_ value: Double) -> UInt64 { UInt64((value * 1e6).rounded()) }

    @Test("repetitions that follow at once, and are many, are a storm")
    func retryStorm() throws {
        let finding = try #require(BrokenCalls.retryStorm().findings(of: "retry-storm").first)
        #expect(finding.place == "recommendations -> catalog")
        #expect(finding.severity == .high)
        #expect(finding.confidence == .certain)
        #expect((finding.occurrences, finding.population) == (60, 90))
        #expect(finding.cost == Finding.Cost(nanoseconds: milliseconds(60 * 1.4), errors: 60))
        #expect(finding.evidence.first?.spans.count == 4)
    }

    @Test("repetitions with backoff, with gaps that grow, or few of them are no storm")
    func backoff() {
        #expect(BrokenCalls.retryStorm(gaps: [20, 45, 90]).findings(of: "retry-storm").isEmpty)
        #expect(BrokenCalls.retryStorm(gaps: [1, 3, 9]).findings(of: "retry-storm").isEmpty)
        let few = AuditTraceBuilder.traces(200) { builder, number in
            builder.server("recommendations", "GET /recommendations") {
                if number % 12 == 0 { $0.call("catalog", "GET /products") { $0.answer(503) } }
                $0.call("catalog", "GET /products", resend: number % 12 == 0 ? 1 : 0)
            }
        }
        #expect(few.findings(of: "retry-storm").isEmpty)
    }

    @Test("failing calls of different resources do not repeat one another")
    func independentFailures() {
        let traces = AuditTraceBuilder.traces(20) { builder, _ in
            builder.server("web-bff", "GET /web/home") {
                for product in 1...4 {
                    $0.client("catalog", "GET /products/{id}") {
                        $0[SemanticConventions.urlFull] = "http://catalog.local/products/\(product)"
                        $0.answer(503)
                    }
                }
            }
        }
        #expect(traces.findings(of: "retry-storm").isEmpty)
    }

    @Test("repetitions inside of repetitions are nested")
    func nestedRetries() throws {
        let finding = try #require(BrokenCalls.nestedRetries().findings(of: "nested-retries").first)
        #expect(finding.place == "web-bff -> recommendations")
        #expect(finding.services == ["gateway", "web-bff", "recommendations"])
        #expect(finding.confidence == .certain)
        #expect((finding.occurrences, finding.population) == (6, 6))
        // Of four attempts two would have been made without the gateway's; its second attempt took 60.8 ms and the way.
        #expect(finding.cost == Finding.Cost(nanoseconds: milliseconds(6 * 61.2), errors: 12))
    }

    @Test("one layer that repeats is not nested")
    func singleLayer() {
        #expect(BrokenCalls.nestedRetries(outer: 1).findings(of: "nested-retries").isEmpty)
    }

    @Test("a callee that works on after its caller gave up has an inverted timeout")
    func invertedTimeout() throws {
        let finding = try #require(BrokenCalls.invertedTimeout().findings(of: "inverted-timeout").first)
        #expect(finding.place == "web-bff -> recommendations")
        #expect(finding.confidence == .certain)
        #expect((finding.occurrences, finding.population) == (10, 30))
        #expect(finding.cost.errors == 10)
        #expect(finding.evidence.first?.note == "went on for 850ms after 150ms")
    }

    @Test("a callee that ends a little later, or on a clock of its own, has none")
    func timelyCallee() {
        #expect(BrokenCalls.invertedTimeout(work: 180).findings(of: "inverted-timeout").isEmpty)
        #expect(BrokenCalls.invertedTimeout(work: 100, clock: 5_000_000_000).findings(of: "inverted-timeout").isEmpty)
    }

    @Test("waits that are far longer than usual and end in an answer may lack a timeout")
    func missingTimeout() {
        func traces(usual: Double) -> [AuditTrace] {
            AuditTraceBuilder.traces(40) { builder, number in
                builder.server("web-bff", "GET /web/home") {
                    $0.call("recommendations", "GET /recommendations") { $0.wait(number % 10 == 0 ? 20_000 : usual) }
                }
            }
        }
        let found = traces(usual: 20).findings(of: "inverted-timeout")
        #expect(found.map(\.place) == ["web-bff -> recommendations (no timeout)"])
        #expect(found.first?.confidence == .possible)
        #expect(traces(usual: 15_000).findings(of: "inverted-timeout").isEmpty)
    }

    @Test("calls that fail for twelve seconds at their usual rate have no breaker")
    func noBreaker() throws {
        let finding = try #require(BrokenCalls.outage().findings(of: "no-circuit-breaker").first)
        #expect(finding.place == "recommendations -> catalog")
        #expect(finding.severity == .high)
        #expect((finding.occurrences, finding.population) == (60, 60))
        #expect(finding.cost == Finding.Cost(nanoseconds: milliseconds(60 * 0.4), errors: 60))
    }

    @Test("refusals are no failures, and calls that arrive nowhere are those of the service behind the address")
    func kindsOfFailure() {
        #expect(BrokenCalls.outage(status: 404).findings(of: "no-circuit-breaker").isEmpty)
        let traces = AuditTraceBuilder.traces(60, every: 200) { builder, number in
            builder.server("recommendations", "GET /recommendations") {
                if number % 10 == 0 {
                    $0.call("catalog", "GET /products")
                } else {
                    $0.client("catalog", "GET /products") { $0.fail("connection refused") }
                }
            }
        }
        #expect(traces.findings(of: "no-circuit-breaker").map(\.place) == ["recommendations -> catalog"])
    }

    @Test("a breaker that shows itself, and an outage of three seconds, give no finding")
    func breaker() {
        let change = BrokenCalls.outage { builder, number in
            guard number == 5 else { return }
            builder.event(
                SemanticConventions.circuitBreakerChangeEvent, [Attribute(SemanticConventions.patternName, "catalog")])
        }
        #expect(change.findings(of: "no-circuit-breaker").isEmpty)
        let refusal = BrokenCalls.outage { builder, number in
            if number > 50 { builder.client("catalog", "GET /products") { $0.fail("circuit_open") } }
        }
        #expect(refusal.findings(of: "no-circuit-breaker").isEmpty)
        #expect(BrokenCalls.outage().prefix(15).findings(of: "no-circuit-breaker", ["calls": 10]).isEmpty)
    }

    @Test("the breaker of another dependency is none of this one")
    func otherBreaker() {
        let traces = BrokenCalls.outage { builder, _ in
            builder.call("orders", "GET /orders")
            builder.event(
                SemanticConventions.circuitBreakerChangeEvent, [Attribute(SemanticConventions.patternName, "orders")])
        }
        #expect(traces.findings(of: "no-circuit-breaker").map(\.place) == ["recommendations -> catalog"])
    }

    @Test("two versions that fail together, while others work, break their contract", arguments: [400, 422, 500])
    func brokenContract(status: Int) throws {
        let traces = BrokenCalls.mixedRollout(status: status)
        let finding = try #require(traces.findings(of: "breaking-contract").first)
        #expect(finding.place == "orders 1.0.0 -> payments 2.0.0 POST /charges")
        #expect(finding.services == ["payments", "orders"])
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (6, 6))
        #expect(finding.cost.errors == 6)
    }

    @Test("it is certain where the new version understands new callers")
    func pairOnly() {
        let found = BrokenCalls.mixedRollout(hasNewOrders: true).findings(of: "breaking-contract")
        #expect(found.map(\.confidence) == [.certain])
        #expect(found.map(\.occurrences) == [3])
    }

    @Test("business refusals, and failures between all versions, break no contract", arguments: [402, 404, 409])
    func refusals(status: Int) {
        #expect(BrokenCalls.mixedRollout(status: status).findings(of: "breaking-contract").isEmpty)
        let all = AuditTraceBuilder.traces(60) { builder, number in
            builder.versions["payments"] = number % 10 == 0 ? "2.0.0" : "1.0.0"
            builder.server("orders", "POST /orders") {
                $0.call("payments", "POST /charges") { $0.answer(number % 2 == 0 ? 500 : 201) }
            }
        }
        #expect(all.findings(of: "breaking-contract").isEmpty)
    }
}
