import AsyncHTTPClient
import Clew
import ClewHTTPClient
import ClewHummingbird
import ClewModel
import ClewTesting
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Testing
import Tracing

@Suite("A call over a real port")
struct RoundTripTests {
    struct Outcome: Sendable {
        var spans: [ClewModel.Span]
        var metrics: [Metric]
        var logs: [LogRecord]
        var lines: [String]
        var status: Int
        var headers: [String: String]

        func span(_ kind: ClewModel.SpanKind) throws -> ClewModel.Span {
            try #require(spans.first { $0.kind == kind })
        }
    }

    struct Broken: Error {}

    /// Calls `path` from within a span, over a server that has some routes that fail.
    func call(
        _ path: String, headers: [(String, String)] = [], client: HTTPClient = .shared
    ) async throws -> Outcome {
        let test = try TestTelemetry()
        let telemetry = test.telemetry
        let (status, returned) = try await TestServer.run { router in
            router.add(middleware: ClewMiddleware(telemetry: telemetry))
            router.get("orders/:id") { _, context in
                "order of \(ServiceContext.current?.correlationID ?? "nobody")"
            }
            router.get("returns/:status") { _, context in
                Response(status: .init(code: Int(context.parameters.get("status") ?? "") ?? 200))
            }
            router.get("refuses") { _, _ -> Response in throw HTTPError(.conflict, message: "taken") }
            router.get("breaks") { _, _ -> Response in throw Broken() }
            router.get("streams") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        for _ in 0..<3 { try await writer.write(ByteBuffer(string: "part")) }
                        telemetry.tracer.startSpan("while streaming").end()
                        try await writer.finish(nil)
                    })
            }
        } _: { port in
            try await telemetry.tracer.withSpan("work") { _ in
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
                for (name, value) in headers { request.headers.add(name: name, value: value) }
                let response = try await TracedHTTPClient(client, telemetry: telemetry)
                    .execute(request, timeout: .seconds(30))
                _ = try await response.body.collect(upTo: 1024)
                var fields: [String: String] = [:]
                for (name, value) in response.headers { fields[name.lowercased()] = value }
                return (Int(response.status.code), fields)
            }
        }
        await telemetry.flush()
        return Outcome(
            spans: test.exporter.spans, metrics: test.exporter.metrics, logs: test.exporter.logs, lines: test.lines,
            status: status, headers: returned)
    }

    @Test("makes one client and one server span, joined in one trace")
    func oneSpanEach() async throws {
        let outcome = try await call("/orders/7?token=1&Signature=secret")
        #expect(outcome.spans.count == 3)
        let (work, client, server) = (
            try outcome.span(.internal), try outcome.span(.client), try outcome.span(.server)
        )
        #expect(client.parentSpanID == work.spanID)
        #expect(server.parentSpanID == client.spanID)
        #expect(Set(outcome.spans.map(\.traceID)).count == 1)
        #expect(client.name == "GET")
        #expect(server.name == "GET /orders/{id}")
        #expect(server.flags & 0x300 == 0x300)
        #expect(client.flags & 0x300 == 0x100)
        #expect(server.attributes["http.route"] == "/orders/{id}")
        #expect(server.attributes["http.response.status_code"] == 200)
        #expect(server.attributes["url.path"] == "/orders/7")
        #expect(server.attributes["url.query"] == "token=1&Signature=REDACTED")
        #expect(client.attributes["http.response.status_code"] == 200)
        #expect(client.attributes["server.address"] == "127.0.0.1")
        #expect(client.attributes["url.full"]?.stringValue?.hasSuffix("/orders/7?token=1&Signature=REDACTED") == true)
        #expect([client.status.code, server.status.code] == [.unset, .unset])
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var path: String
        var status: Int
        var name: String
        var server: ClewModel.SpanStatus.Code
        var serverError: String?
        var client: ClewModel.SpanStatus.Code = .error
        var testDescription: String { path }
    }

    @Test(
        "names, statuses and error types follow the conventions",
        arguments: [
            Failure(path: "/nowhere", status: 404, name: "GET", server: .unset),
            Failure(path: "/refuses", status: 409, name: "GET /refuses", server: .unset),
            Failure(path: "/returns/404", status: 404, name: "GET /returns/{status}", server: .unset),
            Failure(
                path: "/returns/503", status: 503, name: "GET /returns/{status}", server: .error, serverError: "503"),
            Failure(
                path: "/breaks", status: 500, name: "GET /breaks", server: .error,
                serverError: "ClewTests.RoundTripTests.Broken"),
        ]
    )
    func failures(_ failure: Failure) async throws {
        let outcome = try await call(failure.path)
        let (client, server) = (try outcome.span(.client), try outcome.span(.server))
        #expect(outcome.spans.count == 3)
        #expect(outcome.status == failure.status)
        #expect(server.name == failure.name)
        #expect(server.status.code == failure.server)
        #expect(server.attributes["error.type"]?.stringValue == failure.serverError)
        #expect(server.attributes["http.response.status_code"] == .int(Int64(failure.status)))
        #expect(client.status.code == .error)
        #expect(client.attributes["error.type"] == .string(String(failure.status)))
        #expect(outcome.headers["x-correlation-id"] != nil)
        let durations = outcome.metrics.filter { $0.name == "http.server.request.duration" }
        guard case .histogram(let points, .cumulative)? = durations.first?.data else {
            Issue.record("no duration")
            return
        }
        #expect(points.map(\.count) == [1])
        #expect(points[0].context.attributes["http.response.status_code"] == .int(Int64(failure.status)))
        #expect(points[0].context.attributes["error.type"]?.stringValue == failure.serverError)
    }

    @Test("the correlation id is passed on, returned, and stands on every span and log line")
    func correlation() async throws {
        let outcome = try await call("/orders/7")
        let ids = Set(outcome.spans.map { $0.attributes["correlation.id"]?.stringValue })
        let id = try #require(ids.first ?? nil)
        #expect(ids.count == 1)
        #expect(outcome.headers["x-correlation-id"] == id)
        #expect(outcome.logs.map { $0.attributes["correlation.id"]?.stringValue } == [id])
        #expect(outcome.lines.allSatisfy { $0.contains(#""correlation_id":"\#(id)""#) })
        #expect(outcome.logs.first?.spanID == (try outcome.span(.server)).spanID)
    }

    @Test("a server span covers the body, and is current while the body is written")
    func streaming() async throws {
        let outcome = try await call("/streams")
        let server = try outcome.span(.server)
        let inside = try #require(outcome.spans.first { $0.name == "while streaming" })
        #expect(inside.parentSpanID == server.spanID)
        #expect(server.end >= inside.end)
    }

    @Test("a client that traces itself makes no second span, and sends each header once")
    func tracedClient() async throws {
        let other = try TestTelemetry()
        var configuration = HTTPClient.Configuration()
        configuration.tracing.tracer = other.telemetry.tracer
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome = try await call("/orders/7", client: client)
        await other.telemetry.flush()
        try await client.shutdown()
        #expect(outcome.spans.count == 3)
        #expect(other.exporter.spans.isEmpty)
        #expect(try outcome.span(.server).parentSpanID == outcome.span(.client).spanID)
    }

    @Test("a call that fails has its error's type, and is measured")
    func unreachable() async throws {
        let test = try TestTelemetry()
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        await #expect(throws: (any Error).self) {
            try await TracedHTTPClient(client, telemetry: test.telemetry)
                .execute(HTTPClientRequest(url: "http://127.0.0.1:1/"), timeout: .seconds(30))
        }
        try await client.shutdown()
        await test.telemetry.flush()
        let span = try #require(test.exporter.spans.first)
        #expect(span.status.code == .error)
        #expect(span.attributes["error.type"] != nil)
        #expect(
            test.exporter.metrics.map(\.name) == ["http.client.active_requests", "http.client.request.duration"])
    }
}
