import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about calls: where the load goes")
struct CallRuleTestsLoad {
    private func milliseconds(_ value: Double) -> UInt64 { UInt64((value * 1e6).rounded()) }

    @Test("a request with 20 times the calls of its route and a huge answer is found twice")
    func hugeFanout() throws {
        let found = BrokenCalls.hugeFanout().findings(of: "unbounded-fanout")
        #expect(Set(found.map(\.place)) == ["web-bff GET /web/home (calls)", "web-bff GET /web/home (response)"])
        let finding = try #require(found.first { $0.place.hasSuffix("(calls)") })
        #expect((finding.occurrences, finding.population) == (2, 40))
        #expect(finding.confidence == .possible)
        #expect(finding.evidence.map(\.note) == ["60 calls", "60 calls"])
    }

    @Test("many calls that are usual, and more calls that are few, are no unbounded fan-out")
    func boundedFanout() {
        let usual = BrokenCalls.hugeFanout(usual: 60).findings(of: "unbounded-fanout")
        #expect(usual.allSatisfy { $0.place.hasSuffix("(response)") })
        let few = BrokenCalls.hugeFanout(usual: 2, large: 25).findings(of: "unbounded-fanout")
        #expect(few.allSatisfy { $0.place.hasSuffix("(response)") })
    }

    @Test("a gateway that asks a database has logic of its own")
    func gatewayDatabase() throws {
        let finding = try #require(BrokenCalls.gatewayDatabase().findings(of: "gateway-logic").first)
        #expect(finding.place == "gateway -> gateway.sqlite")
        #expect(finding.services == ["gateway"])
        #expect((finding.occurrences, finding.population) == (12, 12))
        #expect(finding.cost.nanoseconds == milliseconds(12 * 2))
    }

    @Test("a gateway that works most of the request itself is possible logic, one that waits is none")
    func ownWork() {
        func traces(own: Double) -> [AuditTrace] {
            AuditTraceBuilder.traces(15) { builder, _ in
                builder.server("gateway", "POST /checkout") {
                    $0.wait(own)
                    $0.call("orders", "POST /orders") { $0.wait(20) }
                }
            }
        }
        let found = traces(own: 80).findings(of: "gateway-logic")
        #expect(found.map(\.place) == ["gateway POST /checkout"])
        #expect(found.map(\.confidence) == [.possible])
        #expect(traces(own: 15).findings(of: "gateway-logic").isEmpty)
    }

    @Test("a cache, a service's database and a gateway that is not at the edge are none")
    func properGateway() {
        let cache: Attributes = [Attribute(SemanticConventions.dbSystemName, "redis")]
        let traces = AuditTraceBuilder.traces(20) { builder, _ in
            builder.server("gateway", "POST /checkout") {
                $0.span("GET", .client, attributes: cache) { $0.wait(1) }
                $0.call("orders", "POST /orders") {
                    $0.query("INSERT", "orders", in: "orders.sqlite")
                    $0.call("payment-gateway", "POST /charges") { $0.query("INSERT", "charges", in: "charges.sqlite") }
                }
            }
        }
        #expect(traces.findings(of: "gateway-logic").isEmpty)
    }

    @Test("an instance that is slower than its peers is hot")
    func hotInstance() throws {
        let finding = try #require(BrokenCalls.hotInstance().findings(of: "hot-instance").first)
        #expect(finding.place == "catalog catalog-2")
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (30, 60))
        // 80 ms for each of its 30 requests, read from histograms whose buckets are 9 % wide.
        #expect((milliseconds(2100)...milliseconds(2700)).contains(finding.cost.nanoseconds))
        #expect(finding.cost.errors == 0)
    }

    @Test("an instance that fails more than its peers is hot")
    func failingInstance() throws {
        let finding = try #require(BrokenCalls.hotInstance(delay: 0, status: 500).findings(of: "hot-instance").first)
        #expect(finding.place == "catalog catalog-2")
        #expect(finding.cost == Finding.Cost(errors: 15))
        #expect(finding.evidence.first?.note == "failed")
    }

    @Test("a small difference, refusals and few requests make no hot instance")
    func evenInstances() {
        #expect(BrokenCalls.hotInstance(delay: 15).findings(of: "hot-instance").isEmpty)
        #expect(BrokenCalls.hotInstance(delay: 0, status: 404).findings(of: "hot-instance").isEmpty)
        #expect(BrokenCalls.hotInstance(count: 30).findings(of: "hot-instance").isEmpty)
    }

    @Test("that a new version fails says nothing of its instance")
    func canary() {
        let traces = AuditTraceBuilder.traces(80) { builder, number in
            let isCanary = number % 2 == 0
            builder.versions["payments"] = isCanary ? "2.0.0" : "1.0.0"
            builder.instances["payments"] = isCanary ? "payments-2" : "payments-1"
            builder.server("payments", "POST /charges") { $0.answer(isCanary ? 500 : 201) }
        }
        #expect(traces.findings(of: "hot-instance").isEmpty)
    }
}
