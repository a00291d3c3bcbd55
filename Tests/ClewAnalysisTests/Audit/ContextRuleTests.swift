import ClewAnalysis
import ClewModel
import Testing

@Suite("Rules about context")
struct ContextRuleTests {
    private let broken = "broken-context"
    private let missing = "missing-correlation-id"

    // MARK: - Roots without a link

    @Test("a call that begins a trace under another request's correlation id names its hop")
    func lostContext() throws {
        let findings = BrokenData.lostContext().findings(of: broken)
        let finding = try #require(findings.first)
        #expect(findings.count == 1)
        #expect(finding.place == "orders -> shipping")
        #expect(finding.services == ["orders", "shipping"])
        #expect((finding.severity, finding.confidence) == (.medium, .certain))
        #expect((finding.occurrences, finding.population) == (8, 8))
        #expect(finding.cost == Finding.Cost())
        // Of each request both traces.
        #expect(finding.evidence.prefix(2).map(\.trace.low) == [1, 101])
    }

    @Test("a relay is found where it publishes rows without their context", arguments: [true, false])
    func relay(isLinked: Bool) {
        let traces = (1...8).flatMap { (number: Int) -> [AuditTrace] in
            var request = AuditTraceBuilder(UInt64(number), at: Double(number) * 1000)
            request.correlate("r-\(number)")
            request.server("orders", "POST /orders") { $0.query("INSERT", "events", in: "orders.sqlite") }
            var relay = AuditTraceBuilder(UInt64(100 + number), at: Double(number) * 1000 + 100)
            relay.correlate("r-\(number)")
            relay.publish("orders", message: "m-\(number)", from: "orders", outboxLag: 0.1) {
                if isLinked { $0.link(to: request) }
            }
            return [request.trace, relay.trace]
        }
        #expect(traces.findings(of: broken).map(\.place) == (isLinked ? [] : ["orders => orders"]))
        #expect(traces.findings(of: broken).allSatisfy { $0.confidence == .certain })
    }

    @Test("a consumer without a link is found only where its messages are sent in traces", arguments: [true, false])
    func consumer(isSent: Bool) {
        let traces = AuditTraceBuilder.traces(12) { builder, number in
            if isSent { builder.server("orders", "POST /orders") { $0.publish("orders", message: "m-\(number)") } }
            builder.consume("orders", message: "m-\(number)", by: "notifications")
        }
        #expect(traces.findings(of: broken).map(\.place) == (isSent ? ["orders => notifications"] : []))
        #expect(traces.findings(of: broken).allSatisfy { $0.confidence == .likely })
    }

    @Test("jobs, pollers, load drivers and requests of one client under one id break no context")
    func harmlessRoots() {
        let traces = AuditTraceBuilder.traces(40) { builder, number in
            switch number % 4 {
            case 0:
                // A job's call has its own trace's id, as Clew's senders give it.
                builder.correlate(builder.traceID.hex)
                builder.span("GET", .client, service: "orders") { $0.server("catalog", "GET /products") }
            case 1:
                // A job with an id of its own, and no span around its queries.
                builder.correlate("job-\(number / 20)")
                let attributes = [Attribute(SemanticConventions.dbSystemName, "sqlite")]
                builder.span("SELECT outbox", .client, service: "orders", attributes: attributes)
            case 2:
                builder.correlate("session-\(number / 20)")
                builder.span("GET", .client, service: "load") { $0.server("orders", "GET /orders") }
            default:
                builder.correlate("session-\(number / 20)")
                builder.server("orders", "GET /orders") { $0.call("catalog", "GET /products") }
            }
        }
        let findings = traces.findings(of: broken)
        #expect(findings.isEmpty, "\(findings)")
    }

    // MARK: - One correlation id over several traces

    /// A call that nothing answers in its trace, and a request with the same id that begins another.
    private func split(path: String = "/shipments", delay: Double = 1) -> [AuditTrace] {
        (1...6).flatMap { (number: Int) -> [AuditTrace] in
            let time = Double(number) * 1000
            var request = AuditTraceBuilder(UInt64(number), at: time)
            request.correlate("r-\(number)")
            request.server("orders", "POST /orders") {
                $0.client("shipping", "POST /shipments") {
                    $0[SemanticConventions.urlFull] = "http://127.0.0.1:8085/shipments?id=\(number)"
                    $0.wait(10)
                }
            }
            var arrival = AuditTraceBuilder(UInt64(100 + number), at: time + delay)
            arrival.correlate("r-\(number)")
            arrival.server("shipping", "POST /shipments") {
                $0[SemanticConventions.urlPath] = .string(path)
                $0.wait(5)
            }
            return [request.trace, arrival.trace]
        }
    }

    @Test("a request that begins a trace while a call of its id and path is open names the hop")
    func splitRequests() throws {
        let finding = try #require(split().findings(of: broken).first)
        #expect(finding.place == "orders -> shipping")
        #expect((finding.confidence, finding.occurrences) == (.certain, 6))
        #expect(finding.evidence.prefix(2).map(\.trace.low) == [1, 101])
        #expect(split().findings(of: broken, ["requests": 7]).isEmpty)
    }

    @Test("another path, or another time, is another request of the client")
    func unrelatedRequests() {
        #expect(split(path: "/prices").findings(of: broken).isEmpty)
        #expect(split(delay: 400).findings(of: broken).isEmpty)
    }

    @Test("what links connect, over whatever traces, is one request")
    func linkedRequests() {
        let traces = (1...8).flatMap { (number: Int) -> [AuditTrace] in
            var chain: [AuditTraceBuilder] = []
            for part in 0..<5 {
                var builder = AuditTraceBuilder(UInt64(number * 10 + part), at: Double(number * 1000 + part * 50))
                builder.correlate("r-\(number)")
                builder.span("resume", service: "orders") { if let last = chain.last { $0.link(to: last) } }
                chain.append(builder)
            }
            // The first traces were before the window.
            return chain.dropFirst(2).map(\.trace)
        }
        let findings = traces.findings(of: broken)
        #expect(findings.isEmpty, "\(findings)")
    }

    // MARK: - Missing parents

    /// Requests of 40 seconds, of which those that `isBroken` says lack the client span between gateway and orders.
    private func orphans(_ isBroken: (Int) -> Bool) -> [AuditTrace] {
        AuditTraceBuilder.traces(40, every: 1000) { builder, number in
            builder.server("gateway", "POST /checkout") {
                $0.call("orders", "POST /orders") { $0.query("INSERT", "events", in: "orders.sqlite") }
            }
        }.enumerated().map { place, trace in
            guard isBroken(place + 1) else { return trace }
            return AuditTrace(
                spans: trace.spans.filter { $0.summary.service != "gateway" || $0.summary.kind != .client })
        }
    }

    @Test("spans whose parents are missing in the middle of the window name the usual caller")
    func missingParents() throws {
        let finding = try #require(orphans { $0 % 4 == 0 }.findings(of: broken).first)
        #expect(finding.place == "gateway -> orders")
        #expect(finding.confidence == .likely)
        // Requests 8, 12 … 32: the first and the last five seconds do not count.
        #expect((finding.occurrences, finding.population) == (7, 30))
        #expect(finding.evidence.first?.trace.low == 8)
    }

    @Test("a few missing parents, those at the window's edges, and those of callers from outside are no break")
    func edges() {
        #expect(orphans { $0 % 20 == 0 }.findings(of: broken).isEmpty)
        #expect(orphans { $0 <= 5 || $0 >= 36 }.findings(of: broken).isEmpty)
        let outside = orphans { _ in false }.map { trace in
            AuditTrace(spans: trace.spans.filter { $0.summary.service != "gateway" })
        }
        #expect(outside.findings(of: broken).isEmpty)
    }

    // MARK: - Correlation ids

    @Test("a hop behind which spans lack the correlation id is named")
    func lostCorrelation() throws {
        let finding = try #require(BrokenData.lostCorrelation().findings(of: missing).first)
        #expect(finding.place == "orders -> shipping")
        #expect(finding.services == ["orders", "shipping"])
        #expect((finding.severity, finding.confidence) == (.low, .certain))
        #expect((finding.occurrences, finding.population) == (12, 12))
        #expect(finding.cost == Finding.Cost())
        #expect(finding.summary.contains("24 spans lack it"))
        #expect(finding.evidence.first?.spans.count == 2)
    }

    @Test("the id of the trace in place of the request's is a loss too")
    func replacedCorrelation() {
        let findings = BrokenData.lostCorrelation(isReplaced: true).findings(of: missing)
        #expect(findings.map(\.place) == ["orders -> shipping"])
        #expect(findings.map(\.confidence) == [.likely])
    }

    @Test("spans that never had an id above them, batches, and a system that hardly uses ids lose none")
    func harmlessSpans() {
        let traces = AuditTraceBuilder.traces(40) { builder, number in
            switch number % 2 {
            case 0:
                // A job without an id calls a service that makes one.
                builder.span("refresh", service: "orders") {
                    $0.client("catalog", "GET /products") {
                        $0.correlate("made-\(number)")
                        $0.server("catalog", "GET /products")
                    }
                }
            default:
                builder.correlate("r-\(number)")
                builder.server("orders", "POST /batches") {
                    $0.common = []
                    $0.consume("orders", message: "m", by: "notifications") {
                        $0[SemanticConventions.messagingBatchMessageCount] = 20
                        $0.query("INSERT", "notices", in: "notifications.sqlite")
                    }
                }
            }
        }
        let findings = traces.findings(of: missing)
        #expect(findings.isEmpty, "\(findings)")
        let bare = AuditTraceBuilder.traces(13) { builder, _ in builder.server("orders", "GET /orders") }
        let rare = BrokenData.lostCorrelation() + bare
        #expect(rare.findings(of: missing).isEmpty)
        #expect(rare.findings(of: missing, ["usage": 0.4]).count == 1)
    }

    // MARK: - Log records

    private func record(_ service: String, _ trace: AuditTrace?, _ id: String?) -> LogRecord {
        var record = LogRecord(time: AuditTraceBuilder.epoch, traceID: trace?.id)
        record.spanID = trace?.spans.first?.summary.spanID
        record.resource.attributes = [Attribute(SemanticConventions.serviceName, .string(service))]
        if let id { record.attributes = [Attribute(SemanticConventions.correlationID, .string(id))] }
        return record
    }

    private var correlated: [AuditTrace] {
        AuditTraceBuilder.traces(12) { builder, number in
            builder.correlate("r-\(number)")
            builder.server("gateway", "POST /checkout") { $0.call("orders", "POST /orders") }
        }
    }

    @Test("log records without the id that the spans of their service have are found", arguments: [true, false])
    func records(isReplaced: Bool) throws {
        let traces = correlated
        let records = traces.enumerated().flatMap { place, trace in
            [
                record("gateway", trace, "r-\(place + 1)"),
                record("orders", trace, isReplaced ? trace.id?.hex : nil),
            ]
        }
        let findings = traces.findings(of: missing, records: records)
        let finding = try #require(findings.first)
        #expect(findings.count == 1)
        #expect(finding.place == "orders logs")
        #expect((finding.confidence, finding.occurrences, finding.population) == (.likely, 12, 12))
        #expect(traces.findings(of: missing, records: records.reversed()) == findings)
    }

    @Test("records of no trace, of an unknown trace, or of a system whose logs have no ids are none")
    func harmlessRecords() {
        let traces = correlated
        let some = traces.enumerated().map { record("gateway", $1, "r-\($0 + 1)") }
        let loose = (1...20).map { _ in record("orders", nil, nil) }
        let unknown = AuditTraceBuilder.traces(40) { builder, _ in builder.server("orders", "GET /orders") }
            .suffix(20).map { record("orders", $0, nil) }
        #expect(traces.findings(of: missing, records: some + loose + unknown).isEmpty)
        #expect(traces.findings(of: missing, records: traces.map { record("orders", $0, nil) }).isEmpty)
    }
}
