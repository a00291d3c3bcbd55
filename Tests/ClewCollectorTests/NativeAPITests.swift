import ClewAnalysis
import ClewModel
import ClewPipeline
import ClewQuery
import ClewWire
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClewAPI

@Suite struct NativeAPITests {
    private let store = MemoryStore(
        spans: Fixture.requests, records: (0..<20).map { Fixture.record("line \($0)", at: Fixture.start + UInt64($0)) })
    private let window = "from=\(Fixture.start)&to=\(Fixture.end)"

    private func get(
        _ uri: String, method: HTTPRequest.Method = .get, accept: String? = nil, readiness: Readiness = Readiness(),
        counters: CollectorCounters = CollectorCounters(), maximumResults: Int = 10_000
    ) async throws -> TestResponse {
        let api = NativeAPI(
            store: store, query: QueryEngine(store: store), counters: counters, readiness: readiness,
            maximumResults: maximumResults, now: { Fixture.end })
        var headers: HTTPFields = [:]
        headers[.accept] = accept
        return try await Application(responder: api).test(.live) { [headers] client in
            try await client.execute(uri: uri, method: method, headers: headers)
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ response: TestResponse) throws -> Value {
        try JSONDecoder().decode(type, from: Data(response.body.readableBytesView))
    }

    private func spans(_ response: TestResponse) throws -> [Span] {
        try OTLP.decodeTraces(Array(response.body.readableBytesView))
    }

    @Test("a trace comes back as it was sent, as protobuf and as JSON")
    func trace() async throws {
        let id = Fixture.requests[0].traceID
        let expected = Fixture.requests.filter { $0.traceID == id }
        let protobuf = try await get("/api/v1/traces/\(id)", accept: "application/x-protobuf")
        #expect(protobuf.headers[.contentType] == "application/x-protobuf")
        #expect(try spans(protobuf) == expected)
        let json = try await get("/api/v1/traces/\(id)")
        #expect(json.headers[.contentType] == "application/json")
        let decoded = try OTLP.decodeTraces(OTLPJSON.toProtobuf(Array(json.body.readableBytesView), .traces))
        #expect(decoded == expected)
    }

    @Test(
        "spans are found as the query defines it, newest first",
        arguments: [
            SpanQuery(service: "orders"), SpanQuery(operation: "SELECT", minimumDuration: 100 * Fixture.millisecond),
            SpanQuery(kinds: [.server], rootsOnly: true, limit: 7), SpanQuery(status: .error),
            SpanQuery(attributes: [AttributeCondition("db.namespace", .equal, "orders")], limit: 3),
            SpanQuery(traceIDs: [Fixture.requests[5].traceID]),
        ])
    func spans(query: SpanQuery) async throws {
        var query = query
        query.time = Fixture.start..<Fixture.end
        let text = query.parameters.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        let response = try await get("/api/v1/spans?" + text.joined(separator: "&"), accept: "application/x-protobuf")
        let oracle = Fixture.requests.filter(query.matches).sorted { $0.start > $1.start }.prefix(query.limit)
        #expect(try Set(spans(response)) == Set(oracle))
        #expect(response.headers[.clewLimit] == String(query.limit))
        #expect(response.headers[.clewTruncated] == String(oracle.count == query.limit))
    }

    @Test("more than the most results is cut, and the answer says so")
    func cap() async throws {
        let response = try await get(
            "/api/v1/spans?\(window)&limit=1000000", accept: "application/x-protobuf", maximumResults: 5)
        #expect(try spans(response).count == 5)
        #expect(response.headers[.clewLimit] == "5")
        #expect(response.headers[.clewTruncated] == "true")
    }

    @Test("logs are found by time and text; logs of a trace without a time")
    func logs() async throws {
        let found = try await get("/api/v1/logs?\(window)&text=LINE%201&limit=100", accept: "application/x-protobuf")
        #expect(try OTLP.decodeLogs(Array(found.body.readableBytesView)).count == 11)
        let id = TraceID(high: 7, low: 1)
        let ofTrace = try await get("/api/v1/logs?trace=\(id)&limit=100", accept: "application/x-protobuf")
        #expect(try OTLP.decodeLogs(Array(ofTrace.body.readableBytesView)).count == 20)
    }

    @Test("RED is what the analysis says of the same spans")
    func red() async throws {
        let report = try decode(
            REDReport.self, await get("/api/v1/red?\(window)&step=60s&service=orders"))
        let oracle = REDReport(
            spans: Fixture.requests.map(SpanSummary.init).filter { $0.service == "orders" }, from: Fixture.start,
            to: Fixture.end, step: 60 * Fixture.second)
        #expect(report == oracle)
        #expect(report.rows.map(\.operation) == ["", "GET /orders/{id}"])
    }

    @Test("a window ends now, and is fifteen minutes unless told otherwise")
    func windows() async throws {
        let long = try decode(REDReport.self, await get("/api/v1/red"))
        #expect(long.from == Fixture.end - 900 * Fixture.second && long.to == Fixture.end)
        let short = try decode(REDReport.self, await get("/api/v1/red?window=1m"))
        #expect(short.from == Fixture.end - 60 * Fixture.second)
        #expect(short.rows.first?.count == 10)
    }

    @Test("the map has the services, the database and their calls")
    func map() async throws {
        let map = try decode(ServiceMap.self, await get("/api/v1/map?\(window)"))
        #expect(map.nodes.map(\.name).sorted() == ["gateway", "orders", "sqlite:orders"])
        #expect(
            map.edges.map { "\($0.from)>\($0.to) \($0.calls)" } == [
                "gateway>orders 100", "orders>sqlite:orders 100",
            ])
    }

    @Test("the slow hop is named", arguments: ["", "&service=gateway", "&service=gateway&operation=GET%20/orders"])
    func slow(filter: String) async throws {
        struct Reports: Decodable {
            var reports: [SlowReport]
            var sampling: Sampling
        }
        let answer = try decode(Reports.self, await get("/api/v1/slow?\(window)\(filter)"))
        #expect(answer.reports.count == 1)
        #expect(answer.reports.first?.culprit?.hop.name == "orders.db")
        #expect(answer.sampling == Sampling(spansRead: 400))
    }

    @Test("a trace's baseline is of the traces of its route before it, three hours unless told otherwise")
    func traceBaseline() async throws {
        let id = try #require(Fixture.requests.last).traceID
        let path = "/api/v1/traces/\(id)/baseline"
        let whole = try decode(OperationBaseline.self, await get(path))
        #expect(whole.traceCount == 99 && whole.keptShare == 1)
        #expect(whole.route?.count == 99)
        #expect(whole.operations.map(\.operation.name) == ["GET /orders", "GET", "GET /orders/{id}", "SELECT"])
        #expect(whole.operations.allSatisfy { $0.count == 99 && $0.calls.median(of: 99) == 1 })
        let short = try decode(OperationBaseline.self, await get(path + "?window=60s"))
        #expect(short.traceCount == 10)
        #expect(short.from == Fixture.start + 534 * Fixture.second)
    }

    private struct Profiles: Decodable {
        var profiles: [CallProfile]
        var sampling: Sampling
    }

    @Test("a profile is what the analysis says of the route's traces", arguments: ["", "&service=gateway"])
    func profile(filter: String) async throws {
        let uri = "/api/v1/profile?\(window)&operation=GET%20/orders\(filter)"
        let answer = try decode(Profiles.self, await get(uri))
        var oracle = CallProfileBuilder(from: Fixture.start, to: Fixture.end)
        for spans in Dictionary(grouping: Fixture.requests, by: \.traceID).values {
            oracle.add(Trace(spans: spans.map { SpanSummary($0) }))
        }
        #expect(answer.profiles == oracle.finish())
        #expect(answer.profiles.first?.traceCount == 100)
        #expect(answer.sampling == Sampling(spansRead: 400))
        let none = try decode(Profiles.self, await get("/api/v1/profile?\(window)&operation=GET"))
        #expect(none.profiles.isEmpty)
    }

    @Test("traces are told apart by an attribute, or by the values of it that are named")
    func profileGroups() async throws {
        let uri = "/api/v1/profile?\(window)&by=db.namespace"
        let all = try decode(Profiles.self, await get(uri))
        #expect(all.profiles.map(\.group) == ["orders"])
        let named = try decode(Profiles.self, await get(uri + "&value=stock&value=orders"))
        #expect(named.profiles.map(\.traceCount) == [100])
        let other = try decode(Profiles.self, await get(uri + "&value=stock"))
        #expect(other.profiles.isEmpty)
        let without = try decode(Profiles.self, await get("/api/v1/profile?\(window)&by=nothing"))
        #expect(without.profiles.map(\.group) == [TraceGroups.none])
    }

    @Test("a baseline compares two windows")
    func baseline() async throws {
        struct Reports: Decodable {
            var reports: [SlowReport]
        }
        let middle = Fixture.start + 300 * Fixture.second
        let uri = "/api/v1/slow?from=\(middle)&to=\(Fixture.end)&baseline-from=\(Fixture.start)&baseline-to=\(middle)"
        #expect(try decode(Reports.self, await get(uri)).reports.first?.comparison == .baseline)
    }

    @Test("an explanation says what it was made of", arguments: ["", "&service=gateway", "&logs=0"])
    func explain(filter: String) async throws {
        let middle = Fixture.start + 300 * Fixture.second
        let uri =
            "/api/v1/explain?from=\(middle)&to=\(Fixture.end)&baseline-from=\(Fixture.start)&baseline-to=\(middle)"
        let explanation = try decode(Explanation.self, await get(uri + filter))
        #expect(explanation.comparison == .baseline)
        #expect(explanation.now.traces == 50 && explanation.before.traces == 50)
        #expect(explanation.before.spans == 200)
        #expect(explanation.before.records == 0)
        #expect(explanation.keptShare == 1)
    }

    @Test("without a baseline the slow requests are explained by the typical")
    func explainTail() async throws {
        let explanation = try decode(Explanation.self, await get("/api/v1/explain?\(window)&limit=1"))
        #expect(explanation.comparison == .tail)
        #expect(explanation.now.traces == 10 && explanation.before.traces == 50)
        #expect(explanation.suspects.map(\.service) == ["orders"])
    }

    @Test("an explanation in lines tells of its progress first, and ends in the same answer")
    func explanationInLines() async throws {
        struct Progress: Decodable {
            var progress: Double
        }
        let uri = "/api/v1/explain?\(window)"
        let response = try await get(uri, accept: "application/x-ndjson")
        #expect(response.headers[.contentType] == "application/x-ndjson")
        let lines = String(buffer: response.body).split(separator: "\n").map { Data($0.utf8) }
        let shares = try lines.dropLast().map { try JSONDecoder().decode(Progress.self, from: $0).progress }
        #expect(!shares.isEmpty && shares == shares.sorted())
        let last = try JSONDecoder().decode(Explanation.self, from: lines.last ?? Data())
        let whole = try decode(Explanation.self, await get(uri))
        #expect(last == whole)
        let refused = try await get("/api/v1/explain?logs=maybe", accept: "application/x-ndjson")
        #expect(refused.status == .badRequest)
    }

    @Test("services are listed with their operations, calls and errors")
    func services() async throws {
        struct Services: Decodable {
            var services: [ServiceSummary]
        }
        let services = try decode(Services.self, await get("/api/v1/services?\(window)")).services
        #expect(
            services == [
                ServiceSummary(name: "gateway", operations: ["GET /orders"], calls: 100),
                ServiceSummary(name: "orders", operations: ["GET /orders/{id}"], calls: 100),
            ])
    }

    @Test(
        "what cannot be answered is refused with a sentence",
        arguments: [
            ("/api/v1/traces/xyz", 400, "not a trace id"),
            ("/api/v1/traces/00000000000000000000000000000000", 400, "not a trace id"),
            ("/api/v1/traces/0000000000000000000000000000ffff", 404, "no span of trace"),
            ("/api/v1/traces/00000000000000070000000000000001?x=1", 400, "unknown parameter 'x'"),
            ("/api/v1/traces/xyz/baseline", 400, "not a trace id"),
            ("/api/v1/traces/0000000000000000000000000000ffff/baseline", 404, "no span of trace"),
            ("/api/v1/traces/00000000000000070000000000000001/baseline?window=x", 400, "3h"),
            ("/api/v1/traces/00000000000000070000000000000001/other", 404, "traces/ID/baseline"),
            ("/api/v1/spans?servise=a", 400, "servise"), ("/api/v1/spans?limit=-1", 400, "limit"),
            ("/api/v1/logs?severity=loud", 400, "severity"), ("/api/v1/red?step=0s", 400, "step"),
            ("/api/v1/red?from=yesterday", 400, "from"), ("/api/v1/red?from=2&to=1", 400, "from is later than to"),
            ("/api/v1/red?window=1m&from=1", 400, "exclude"), ("/api/v1/red?from=1&from=2", 400, "more than once"),
            ("/api/v1/profile?value=1", 400, "value needs by"), ("/api/v1/profile?by=", 400, "service.version"),
            ("/api/v1/map?service=a", 400, "unknown parameter 'service'"), ("/api/v1/slow?limit=0", 400, "limit"),
            ("/api/v1/explain?logs=maybe", 400, "logs"), ("/api/v1/explain?baseline=1h", 400, "unknown parameter"),
            ("/api/v1/red?service=%FF", 400, "percent-encoded"), ("/api/v2/spans", 404, "there is nothing at"),
            ("/", 404, "there is nothing at"),
        ])
    func refusals(uri: String, status: Int, words: String) async throws {
        struct Envelope: Decodable {
            struct Content: Decodable {
                var code: String
                var message: String
            }
            var error: Content
        }
        let response = try await get(uri)
        #expect(response.status.code == status)
        #expect(try decode(Envelope.self, response).error.message.contains(words))
    }

    @Test("only reading is allowed")
    func methods() async throws {
        let response = try await get("/api/v1/spans", method: .post)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "GET, HEAD")
        #expect(try await get("/nothing", method: .post).status == .notFound)
    }

    @Test("the daemon is ready between its start and its stop")
    func readiness() async throws {
        let readiness = Readiness()
        #expect(try await get("/readyz", readiness: readiness).status == .serviceUnavailable)
        readiness.become(.ready)
        #expect(try await get("/readyz", readiness: readiness).status == .ok)
        readiness.become(.stopping)
        readiness.become(.ready)
        #expect(try await get("/readyz", readiness: readiness).status == .serviceUnavailable)
        #expect(try await get("/healthz", readiness: readiness).status == .ok)
    }

    @Test("the status counts what the receivers counted")
    func status() async throws {
        let counters = CollectorCounters()
        counters.refused(.logs, over: .http, .malformed)
        counters.numbered(source: 0xAB, sequence: 1)
        counters.numbered(source: 0xAB, sequence: 4)
        let text = String(buffer: try await get("/api/v1/status", counters: counters).body)
        #expect(text.contains(#"{"count":1,"reason":"malformed","signal":"logs","transport":"http"}"#))
        #expect(text.contains(#"{"id":"00000000000000ab","late":0,"lost":2,"received":2}"#))
        #expect(text.contains("\"version\":\"\(CollectorVersion.current)\""))
        #expect(text.contains("\"spans\":400"))
    }

    @Test("the metrics are Prometheus text, each family with HELP and TYPE before its samples")
    func metrics() async throws {
        let pipeline = Pipeline(store: store)
        _ = try await pipeline.submit(.traces, OTLP.encode([Fixture.span(1)]), over: .http)
        pipeline.counters.refused(.logs, over: .udp, .badHeader)
        let response = try await get("/metrics", counters: pipeline.counters)
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let text = String(buffer: response.body)
        #expect(text.contains("clew_stored_records_total{signal=\"traces\",transport=\"http\"} 1\n"))
        #expect(
            text.contains("clew_refused_requests_total{signal=\"logs\",transport=\"udp\",reason=\"bad_header\"} 1\n"))
        #expect(text.contains("clew_commit_seconds_bucket{le=\"+Inf\"} 1\n"))
        var declared: Set<String> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { declared.insert(String(line.split(separator: " ")[2])) }
            guard !line.hasPrefix("#") else { continue }
            let name = String(line.prefix { $0 != "{" && $0 != " " })
            let suffix = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) } ?? ""
            #expect(declared.contains(name) || declared.contains(String(name.dropLast(suffix.count))), "\(line)")
        }
    }
}

@Suite struct PrometheusTextTests {
    @Test("label values and help are escaped")
    func escaping() {
        var text = PrometheusText()
        text.family("a_total", .counter, "back\\slash\nline")
        text.sample("a_total", [("label", "q\"b\\n\n")], 1.5)
        text.sample("a_total", .infinity)
        #expect(
            text.text == #"""
                # HELP a_total back\\slash\nline
                # TYPE a_total counter
                a_total{label="q\"b\\n\n"} 1.5
                a_total +Inf

                """#)
    }
}
