import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about messages")
struct DataRuleTestsMessages {
    // MARK: - dual-write

    @Test("a request that writes and publishes itself writes twice")
    func dualWrite() throws {
        let finding = try #require(BrokenData.dualWrite().findings(of: "dual-write").first)
        #expect(finding.place == "orders POST /orders => orders")
        #expect(finding.services == ["orders"])
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (6, 6))
        // Six publications of half a millisecond, of which one failed after the write.
        #expect(finding.cost == Finding.Cost(nanoseconds: 3_000_000, errors: 1))
        #expect(finding.evidence.first?.spans.count == 3)
    }

    @Test("a relay, an outbox, another service's write, a read, and four requests are no dual write")
    func outbox() {
        let traces = AuditTraceBuilder.traces(60) { builder, number in
            switch number % 6 {
            case 0: builder.publish("orders", message: "m", from: "orders", outboxLag: 0.1)
            case 1:
                builder.server("orders", "POST /orders") {
                    $0.query("INSERT", "events", in: "orders.sqlite")
                    $0.query("INSERT", "outbox", in: "orders.sqlite")
                    $0.publish("orders", message: "m")
                }
            case 2:
                builder.server("orders", "POST /prices") {
                    $0.call("catalog", "POST /prices") { $0.query("INSERT", "prices", in: "catalog.sqlite") }
                    $0.publish("orders", message: "m")
                }
            case 3:
                builder.server("orders", "GET /orders") {
                    $0.query("SELECT", "events", in: "orders.sqlite")
                    $0.publish("views", message: "m")
                }
            case 4:
                // What consumes the message in the same service is no part of the request.
                builder.server("orders", "POST /views") {
                    $0.publish("views", message: "m") {
                        $0.consume("views", message: "m", by: "orders") {
                            $0.query("INSERT", "views", in: "orders.sqlite")
                        }
                    }
                }
            default:
                guard number < 24 else { return }
                builder.server("orders", "POST /rare") {
                    $0.query("INSERT", "events", in: "orders.sqlite")
                    $0.publish("orders", message: "m")
                }
            }
        }
        let findings = traces.findings(of: "dual-write")
        #expect(findings.isEmpty, "\(findings)")
        #expect(traces.findings(of: "dual-write", ["requests": 4]).map(\.place) == ["orders POST /rare => orders"])
    }

    // MARK: - non-idempotent-consumer

    @Test("a message that wrote twice took effect twice")
    func repeatedMessages() throws {
        let finding = try #require(BrokenData.repeatedMessages().findings(of: "non-idempotent-consumer").first)
        #expect(finding.place == "orders => notifications")
        #expect(finding.services == ["notifications"])
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (4, 6))
        #expect(finding.cost == Finding.Cost(errors: 4))
        #expect(finding.evidence.map(\.note).prefix(2) == ["message m-1, delivery 1", "message m-1, delivery 2"])
    }

    @Test("an inbox that processed twice makes it certain; effects that are not visible make it possible")
    func confidence() {
        let rule = "non-idempotent-consumer"
        #expect(BrokenData.repeatedMessages("processed").findings(of: rule).map(\.confidence) == [.certain])
        #expect(BrokenData.repeatedMessages(writes: false).findings(of: rule).map(\.confidence) == [.possible])
    }

    @Test("duplicates that are dropped, attempts that failed, reads and batches take no effect twice")
    func harmless() {
        let traces = AuditTraceBuilder.traces(60) { builder, number in
            let (message, isFirst) = ("m-\(number % 15)", number < 15)
            let shape = number % 15 % 4
            builder.consume("orders", message: message, by: "notifications", delivery: isFirst ? 1 : 2) {
                switch shape {
                case 0: $0[SemanticConventions.inboxOutcome] = isFirst ? "processed" : "duplicate"
                case 1 where !isFirst:
                    $0.query("INSERT", "notices", in: "notifications.sqlite")
                    $0.fail("timeout")
                case 2 where !isFirst: $0.query("SELECT", "notices", in: "notifications.sqlite")
                case 3: $0[SemanticConventions.messagingBatchMessageCount] = 20
                default: $0.query("INSERT", "notices", in: "notifications.sqlite")
                }
            }
        }
        let findings = traces.findings(of: "non-idempotent-consumer")
        #expect(findings.isEmpty, "\(findings)")
    }

    @Test("two consumers of one service that each handle every message once are no repetition")
    func twoConsumers() {
        func traces(delivery: Int) -> [AuditTrace] {
            AuditTraceBuilder.traces(60) { builder, number in
                builder.consume("orders", message: "m-\(number / 2)", by: "orders", delivery: delivery) {
                    $0.query("INSERT", "views", in: "orders.sqlite")
                }
            }
        }
        #expect(traces(delivery: 1).findings(of: "non-idempotent-consumer").isEmpty)
        #expect(traces(delivery: 2).findings(of: "non-idempotent-consumer").count == 1)
    }
}
