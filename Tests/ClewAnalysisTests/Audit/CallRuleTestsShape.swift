import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about calls: how they are arranged")
struct CallRuleTestsShape {
    private func milliseconds(_ value: Double) -> UInt64 { UInt64((value * 1e6).rounded()) }

    @Test("five services that wait for one another are a deep chain")
    func deepChain() throws {
        let finding = try #require(BrokenCalls.deepChain().findings(of: "deep-sync-chain").first)
        #expect(finding.place == "gateway -> orders -> inventory -> shipping -> catalog")
        #expect(finding.services.first == "catalog")
        #expect(finding.confidence == .certain)
        #expect((finding.occurrences, finding.population) == (6, 6))
        // The fifth service is waited for 10 ms and 0.2 ms each way.
        #expect(finding.cost.nanoseconds == milliseconds(6 * 10.4))
        #expect(finding.evidence.count == Finding.maximumEvidence)
        #expect(finding.evidence.first?.spans.count == 5)
    }

    @Test("four services, or a fifth that is reached by a message, are no deep chain")
    func shallowChain() {
        let traces = AuditTraceBuilder.traces(10) { builder, _ in
            builder.server("gateway", "GET /web/home") {
                $0.call("web-bff", "GET /web/home") {
                    $0.call("recommendations", "GET /recommendations") {
                        $0.call("catalog", "GET /products") {
                            $0.publish("views", message: "m") {
                                $0.consume("views", message: "m", by: "notifications") { $0.wait(5) }
                            }
                        }
                    }
                }
            }
        }
        #expect(traces.findings(of: "deep-sync-chain").isEmpty)
        #expect(traces.findings(of: "deep-sync-chain", ["depth": 4]).count == 1)
    }

    @Test("24 calls of one shape, one after the other, are chatty")
    func chattyCalls() throws {
        let finding = try #require(BrokenCalls.chattyCalls().findings(of: "n-plus-one").first)
        #expect(finding.place == "web-bff GET /web/home -> catalog GET /products/{id}")
        #expect(finding.services == ["web-bff", "catalog"])
        #expect((finding.occurrences, finding.population) == (4, 4))
        // One of the 24 would be needed in any case.
        #expect(finding.cost.nanoseconds == milliseconds(4 * 23 * 2.4))
        #expect(finding.evidence.first?.note == "24 calls, 57.6ms")
    }

    @Test("reads of a database are chatty too, writes and one read a message are not")
    func chattyReads() {
        func traces(_ operation: String, messages: Int) -> [AuditTrace] {
            AuditTraceBuilder.traces(5) { builder, _ in
                builder.consume("orders", message: "m", by: "digest") {
                    $0[SemanticConventions.messagingBatchMessageCount] = .int(Int64(messages))
                    for _ in 1...20 { $0.query(operation, "lines", in: "digest.sqlite", 1) }
                }
            }
        }
        let found = traces("SELECT", messages: 1).findings(of: "n-plus-one")
        #expect(found.map(\.place) == ["digest process orders -> digest.sqlite SELECT lines"])
        #expect(traces("INSERT", messages: 1).findings(of: "n-plus-one").isEmpty)
        #expect(traces("SELECT", messages: 20).findings(of: "n-plus-one").isEmpty)
    }

    @Test("calls of one shape that run at once are not chatty, not even four at a time")
    func parallelCalls() {
        let call: (inout AuditTraceBuilder) -> Void = { $0.call("catalog", "GET /products/{id}") { $0.wait(2) } }
        let traces = AuditTraceBuilder.traces(5) { builder, _ in
            builder.server("web-bff", "GET /web/home") {
                for _ in 1...10 { $0.parallel(Array(repeating: call, count: 4)) }
            }
        }
        #expect(traces.findings(of: "n-plus-one").isEmpty)
    }

    @Test("reads of three services, one after the other, could run at once")
    func sequentialFanout() throws {
        let finding = try #require(BrokenCalls.sequentialFanout().findings(of: "sequential-fanout").first)
        #expect(finding.place == "web-bff GET /web/home")
        #expect(finding.services == ["web-bff", "catalog", "recommendations", "order-history"])
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (12, 12))
        // All but the longest.
        #expect(finding.cost.nanoseconds == milliseconds(12 * (10.4 + 20.4)))
    }

    @Test("steps that write, calls far apart and calls that overlap are no sequential fan-out", arguments: 0..<3)
    func dependentCalls(variant: Int) {
        let services = ["catalog", "payments", "inventory", "shipping"]
        let traces = AuditTraceBuilder.traces(20) { builder, _ in
            builder.server("orders", "POST /orders") {
                switch variant {
                case 0: for service in services { $0.call(service, "POST /steps") { $0.wait(5) } }
                case 1:
                    for service in services {
                        $0.call(service, "GET /steps") { $0.wait(5) }
                        $0.wait(25)
                    }
                default:
                    $0.parallel(
                        services.map { service -> (inout AuditTraceBuilder) -> Void in
                            { $0.call(service, "GET /steps") { $0.wait(5) } }
                        })
                }
            }
        }
        #expect(traces.findings(of: "sequential-fanout").isEmpty)
    }

    @Test("a service that is called by what it calls is a cycle")
    func cycle() throws {
        let finding = try #require(BrokenCalls.cycle().findings(of: "distributed-monolith").first)
        #expect(finding.place == "orders -> inventory -> orders")
        #expect(finding.severity == .high)
        #expect(finding.confidence == .certain)
        #expect(finding.cost.nanoseconds == milliseconds(6 * 2))
        #expect(finding.evidence.first?.spans.count == 3)
    }

    @Test("a message back, and an instance that calls another of its service, are no cycle")
    func noCycle() {
        let traces = AuditTraceBuilder.traces(10) { builder, _ in
            builder.server("orders", "POST /orders") {
                $0.call("orders", "GET /orders/{id}") { $0.wait(1) }
                $0.publish("orders", message: "m") {
                    $0.consume("orders", message: "m", by: "inventory") {
                        $0.call("orders", "GET /orders/{id}") { $0.wait(1) }
                    }
                }
            }
        }
        #expect(traces.findings(of: "distributed-monolith").isEmpty)
    }

    @Test("a service that works a fraction of the way to it is a nano-service")
    func nanoService() throws {
        let finding = try #require(BrokenCalls.nanoService().findings(of: "nano-service").first)
        #expect(finding.place == "tax")
        #expect(finding.services == ["tax", "orders"])
        #expect(finding.cost.nanoseconds == milliseconds(25 * 10))
        #expect(finding.occurrences == 25)
    }

    @Test("a service with data of its own, or with work, is no nano-service")
    func properService() {
        let withData = BrokenCalls.nanoService { $0.query("SELECT", "rates", in: "tax.sqlite") }
        #expect(withData.findings(of: "nano-service").isEmpty)
        #expect(BrokenCalls.nanoService(work: 5).findings(of: "nano-service").isEmpty)
    }

    @Test("a service that quick calls reach at once is no nano-service, however long most of them wait")
    func slowNetwork() {
        // One call in five is quick: it shows that the way is short, and that the others wait for something else.
        let traces = BrokenCalls.nanoService(network: [0.2, 50, 50, 50, 50])
        #expect(traces.findings(of: "nano-service").isEmpty)
        #expect(!BrokenCalls.nanoService(network: [50]).findings(of: "nano-service").isEmpty)
    }
}
