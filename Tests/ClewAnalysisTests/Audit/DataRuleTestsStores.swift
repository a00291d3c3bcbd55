import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about data")
struct DataRuleTestsStores {
    // MARK: - shared-database

    @Test("a database that two services write is shared, and the one that writes less is to change")
    func sharedDatabase() throws {
        let finding = try #require(BrokenData.sharedDatabase().findings(of: "shared-database").first)
        #expect(finding.place == "sqlite orders.sqlite")
        #expect(finding.services == ["notifications", "orders"])
        // The spans of an embedded database have no address.
        #expect((finding.severity, finding.confidence) == (.high, .likely))
        #expect((finding.occurrences, finding.population) == (5, 15))
        #expect(finding.cost == Finding.Cost())
        #expect(finding.evidence.first?.note == "notifications: UPDATE events")
    }

    @Test("one address makes it certain; another address, a loopback or no name at all make no shared database")
    func address() {
        func traces(_ name: String, _ addresses: [String]) -> [AuditTrace] {
            AuditTraceBuilder.traces(5) { builder, _ in
                for (service, address) in zip(["orders", "notifications"], addresses) {
                    let attributes: Attributes = [
                        Attribute(SemanticConventions.dbSystemName, "postgresql"),
                        Attribute(SemanticConventions.dbNamespace, .string(name)),
                        Attribute(SemanticConventions.dbQueryText, "insert into events values ($1)"),
                        Attribute(SemanticConventions.serverAddress, .string(address)),
                    ]
                    builder.span("query", .client, service: service, attributes: attributes) { $0.wait(1) }
                }
            }
        }
        let certain = traces("shop", ["db-1", "db-1"]).findings(of: "shared-database")
        #expect(certain.map(\.confidence) == [.certain])
        #expect(certain.map(\.place) == ["postgresql shop at db-1"])
        #expect(traces("shop", ["db-1", "db-2"]).findings(of: "shared-database").isEmpty)
        #expect(traces("", ["db-1", "db-1"]).findings(of: "shared-database").isEmpty)
        let local = traces("shop", ["127.0.0.1", "localhost"]).findings(of: "shared-database")
        #expect(local.map(\.confidence) == [.likely])
    }

    @Test("a second service that only reads is low, one whose spans do not say is possible")
    func sharedReads() throws {
        let read = try #require(BrokenData.sharedDatabase("SELECT").findings(of: "shared-database").first)
        #expect((read.severity, read.confidence) == (.low, .possible))
        let unknown = try #require(BrokenData.sharedDatabase("exec").findings(of: "shared-database").first)
        #expect((unknown.severity, unknown.confidence) == (.medium, .possible))
        #expect(BrokenData.sharedDatabase("BEGIN").findings(of: "shared-database").isEmpty)
    }

    @Test("instances of one service share its database, and each process has its own in memory")
    func ownDatabase() {
        let traces = AuditTraceBuilder.traces(20) { builder, number in
            builder.instances["orders"] = "orders-\(number % 2)"
            builder.server("orders", "POST /orders") {
                $0.query("INSERT", "events", in: "orders.sqlite")
                $0.query("INSERT", "cache", in: ":memory:")
                $0.call("payments", "POST /charges") { $0.query("INSERT", "cache", in: ":memory:") }
            }
        }
        #expect(traces.findings(of: "shared-database").isEmpty)
    }

    @Test(
        "what a query does is told from its first word, and of common table expressions from what follows",
        arguments: [
            ("INSERT INTO a VALUES (1)", Finding.Severity.high), ("replace into a values (1)", .high),
            ("WITH b AS (SELECT 1) DELETE FROM a", .high), ("WITH b AS (SELECT 1) SELECT * FROM b", .low),
            ("select 1", .low), ("exec p 1", .medium),
        ])
    func words(query: String, severity: Finding.Severity) {
        let traces = AuditTraceBuilder.traces(5) { builder, _ in
            builder.server("orders", "POST /orders") {
                $0.query("INSERT", "events", in: "orders.sqlite")
                let attributes: Attributes = [
                    Attribute(SemanticConventions.dbSystemName, "sqlite"),
                    Attribute(SemanticConventions.dbNamespace, "orders.sqlite"),
                    Attribute(SemanticConventions.dbQueryText, .string(query)),
                ]
                $0.call("notifications", "GET /") { $0.span("query", .client, attributes: attributes) }
            }
        }
        #expect(traces.findings(of: "shared-database").map(\.severity) == [severity])
    }

    // MARK: - duplicate-execution

    @Test("a key whose request wrote twice is executed twice, though the first was answered 503")
    func repeatedCharges() throws {
        let finding = try #require(BrokenData.repeatedCharges().findings(of: "duplicate-execution").first)
        #expect(finding.place == "payments POST /charges")
        #expect(finding.confidence == .likely)
        #expect((finding.occurrences, finding.population) == (2, 4))
        #expect(finding.cost == Finding.Cost(errors: 2))
        #expect(finding.evidence.map(\.note).prefix(2) == ["key k-1, no outcome", "key k-1, no outcome"])
    }

    @Test("a service that says itself that it executed a key twice makes it certain")
    func executedTwice() {
        let findings = BrokenData.repeatedCharges("executed").findings(of: "duplicate-execution")
        #expect(findings.map(\.confidence) == [.certain])
    }

    @Test("a replay, a refusal, and a request that failed before it wrote are no executions")
    func replays() {
        let traces = AuditTraceBuilder.traces(40) { builder, number in
            builder.server("payments", "POST /charges") {
                switch number % 4 {
                case 0:
                    $0.idempotent("k", "executed")
                    $0.query("INSERT", "charges", in: "payments.sqlite")
                case 1: $0.idempotent("k", ["replayed", "conflict", "in_progress"][number % 3])
                case 2:
                    $0.idempotent("l")
                    $0.answer(number % 8 == 2 ? 503 : 402)
                default:
                    // Another operation may well be asked under the same key, and twice for the same answer.
                    $0.idempotent("m")
                    $0.query("SELECT", "charges", in: "payments.sqlite")
                }
            }
        }
        // All but the first request that says it executed its key.
        let once = traces.enumerated().filter { $0.offset % 4 != 3 || $0.offset == 3 }.map(\.element)
        #expect(once.findings(of: "duplicate-execution").isEmpty)
        #expect(traces.findings(of: "duplicate-execution").map(\.occurrences) == [1])
    }

    @Test("a service that hands the key on leaves it to the one that knows it")
    func handedOn() {
        let traces = AuditTraceBuilder.traces(6) { builder, number in
            builder.server("gateway", "POST /checkout") {
                $0.idempotent("k-\(number / 2)")
                $0.call("payments", "POST /charges") {
                    $0.idempotent("k-\(number / 2)", number % 2 == 0 ? "executed" : "replayed")
                }
            }
        }
        #expect(traces.findings(of: "duplicate-execution").isEmpty)
    }

    @Test("one order under several keys is possible")
    func severalKeys() throws {
        let traces = AuditTraceBuilder.traces(4) { builder, number in
            builder.server("payments", "POST /charges") {
                $0.idempotent("k-\(number)", "executed")
                $0[SemanticConventions.orderID] = .string("o-\(number / 2)")
            }
        }
        let finding = try #require(traces.findings(of: "duplicate-execution").first)
        #expect((finding.confidence, finding.occurrences, finding.population) == (.possible, 1, 3))
    }
}
