import AsyncHTTPClient
import Clew
import ClewHTTPClient
import ClewHummingbird
import ClewModel
import ClewTesting
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Testing
import Tracing

@Suite("The traced client")
struct ClientTests {
    struct Broken: Error {}

    /// Runs a server of some unpleasant routes, calls it, and returns what the client recorded.
    func observe(
        measuresBodies: Bool = false, client: HTTPClient = .shared,
        _ body:
            @escaping @Sendable (_ url: String, _ client: TracedHTTPClient, _ test: TestTelemetry) async throws -> Void
    ) async throws -> TestTelemetry {
        let test = try TestTelemetry()
        try await TestServer.run { router in
            router.get("parts/:count") { _, context in
                let count = Int(context.parameters.get("count") ?? "") ?? 0
                return Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        for _ in 0..<count { try await writer.write(ByteBuffer(repeating: 7, count: 1000)) }
                        try await writer.finish(nil)
                    })
            }
            router.get("breaks") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody(contentLength: 2000) { writer in
                        try await writer.write(ByteBuffer(repeating: 7, count: 1000))
                        throw Broken()
                    })
            }
            router.get("hangs") { _, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        try await writer.write(ByteBuffer(repeating: 7, count: 1000))
                        try await Task.sleep(for: .seconds(3600))
                    })
            }
            router.get("moved") { _, _ in Response.redirect(to: "/parts/1") }
            router.get("nothing") { _, _ in Response(status: .noContent) }
            router.post("orders") { _, _ in Response(status: .created) }
            router.get("context") { request, _ in
                request.headers.filter { $0.name.canonicalName.hasPrefix("trace") }
                    .map { "\($0.name.canonicalName): \($0.value)" }.joined(separator: "\n")
            }
        } _: { port in
            let traced = TracedHTTPClient(client, telemetry: test.telemetry, measuresBodies: measuresBodies)
            try await body("http://127.0.0.1:\(port)", traced, test)
        }
        await test.telemetry.flush()
        return test
    }

    func points(_ test: TestTelemetry, _ name: String) -> [ClewModel.HistogramPoint] {
        guard case .histogram(let points, _)? = test.exporter.metrics.last(where: { $0.name == name })?.data else {
            return []
        }
        return points
    }

    func execute(_ client: TracedHTTPClient, _ url: String) async throws -> HTTPClientResponse {
        try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(30))
    }

    @Test("the span ends with the last byte of the body")
    func coversBody() async throws {
        let test = try await observe { url, client, test in
            let response = try await execute(client, "\(url)/parts/3")
            await test.telemetry.flush()
            #expect(test.exporter.spans.isEmpty)
            let metric = test.exporter.metrics.last { $0.name == "http.client.active_requests" }
            guard case .sum(let points, _, isMonotonic: false)? = metric?.data else {
                Issue.record("no sum")
                return
            }
            #expect(points.map(\.value) == [.double(1)])
            #expect(metric?.unit == "{request}")
            var bytes = 0
            for try await part in response.body { bytes += part.readableBytes }
            #expect(bytes == 3000)
            await test.telemetry.flush()
            #expect(test.exporter.spans.count == 1)
            // Kept until here: the end of the body, not of the response, ended the span.
            withExtendedLifetime(response) {}
        }
        let span = try #require(test.exporter.spans.first)
        #expect(span.attributes["network.protocol.version"] == "1.1")
        #expect(span.attributes["http.response.body.size"] == nil)
        #expect(points(test, "http.client.request.duration").map(\.count) == [1])
    }

    @Test("a body that is dropped unread, or left halfway, ends its call without an error")
    func dropped() async throws {
        let test = try await observe { url, client, test in
            _ = try await execute(client, "\(url)/hangs")
            await test.telemetry.flush()
            #expect(test.exporter.spans.count == 1)
            let response = try await execute(client, "\(url)/hangs")
            for try await _ in response.body { break }
            await test.telemetry.flush()
            #expect(test.exporter.spans.count == 2)
            withExtendedLifetime(response) {}
        }
        #expect(test.exporter.spans.allSatisfy { $0.status.code == .unset })
        #expect(points(test, "http.client.request.duration").map(\.count) == [2])
    }

    @Test("a response without a body ends its call at once")
    func nothing() async throws {
        _ = try await observe { url, client, test in
            let response = try await execute(client, "\(url)/nothing")
            await test.telemetry.flush()
            #expect(test.exporter.spans.count == 1)
            withExtendedLifetime(response) {}
        }
    }

    @Test("a body that fails makes its call an error, of the status that had come")
    func fails() async throws {
        let test = try await observe { url, client, _ in
            let response = try await execute(client, "\(url)/breaks")
            await #expect(throws: (any Error).self) { try await response.body.collect(upTo: 1 << 20) }
        }
        let span = try #require(test.exporter.spans.first)
        #expect(span.status.code == .error)
        #expect(span.attributes["http.response.status_code"] == 200)
        #expect(span.attributes["error.type"] != nil)
        #expect(span.events.map(\.name) == ["exception"])
    }

    @Test("a cancelled call is measured, and no error")
    func cancelled() async throws {
        let test = try await observe { url, client, _ in
            let (started, start) = AsyncStream<Void>.makeStream()
            let task = Task {
                let response = try await execute(client, "\(url)/hangs")
                for try await _ in response.body { start.yield() }
            }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        let span = try #require(test.exporter.spans.first)
        #expect(span.status.code == .unset)
        #expect(span.attributes["error.type"] == nil)
        #expect(span.attributes["http.response.status_code"] == 200)
        #expect(points(test, "http.client.request.duration").map(\.count) == [1])
    }

    @Test("headers of context that were copied from another request give way to those of the call")
    func staleContext() async throws {
        _ = try await observe { url, client, test in
            var request = HTTPClientRequest(url: "\(url)/context")
            request.headers = ["TraceState": "old=1", "TraceParent": CarrierTests.parent, "tracestate": "older=1"]
            let response = try await client.execute(request, timeout: .seconds(30))
            let received = String(buffer: try await response.body.collect(upTo: 1024))
            await test.telemetry.flush()
            let span = try #require(test.exporter.spans.first)
            #expect(received == "traceparent: 00-\(span.traceID.hex)-\(span.spanID.hex)-03")
        }
    }

    @Test("redirects are part of the one call, and counted")
    func redirects() async throws {
        let test = try await observe { url, client, _ in
            _ = try await execute(client, "\(url)/moved").body.collect(upTo: 1 << 20)
        }
        #expect(test.exporter.spans.count == 1)
        #expect(test.exporter.spans.first?.attributes["http.request.resend_count"] == 1)
        #expect(test.exporter.spans.first?.attributes["http.response.status_code"] == 200)
    }

    @Test("a URL's template names the span and stands on the metric")
    func template() async throws {
        let test = try await observe { url, client, _ in
            for count in 0..<2 {
                let request = HTTPClientRequest(url: "\(url)/parts/\(count)")
                _ = try await client.execute(request, timeout: .seconds(30), urlTemplate: "/parts/{count}")
                    .body.collect(upTo: 1 << 20)
            }
        }
        #expect(test.exporter.spans.map(\.name) == ["GET /parts/{count}", "GET /parts/{count}"])
        #expect(test.exporter.spans.first?.attributes["url.template"] == "/parts/{count}")
        let durations = points(test, "http.client.request.duration")
        #expect(durations.map(\.count) == [2])
        #expect(durations.first?.context.attributes["url.template"] == "/parts/{count}")
    }

    @Test("sizes of bodies are measured where they are asked for")
    func bodySizes() async throws {
        let test = try await observe(measuresBodies: true) { url, client, _ in
            _ = try await execute(client, "\(url)/parts/3").body.collect(upTo: 1 << 20)
            var request = HTTPClientRequest(url: "\(url)/orders")
            request.method = .POST
            request.headers.add(name: "content-length", value: "5")
            request.body = .bytes(ByteBuffer(string: "order"))
            _ = try await client.execute(request, timeout: .seconds(30)).body.collect(upTo: 1 << 20)
        }
        let (first, second) = (test.exporter.spans[0].attributes, test.exporter.spans[1].attributes)
        #expect([first["http.request.body.size"], first["http.response.body.size"]] == [0, 3000])
        #expect([second["http.request.body.size"], second["http.response.body.size"]] == [5, 0])
        #expect(Set(points(test, "http.client.response.body.size").map(\.sum)) == [3000, 0])
        #expect(Set(points(test, "http.client.request.body.size").map(\.sum)) == [5, 0])
        #expect(test.exporter.metrics.first { $0.name == "http.client.request.body.size" }?.unit == "By")
    }

    @Test("with the client's own tracing on, a call makes one client span, through the wrapper and without it")
    func oneSpan() async throws {
        let test = try TestTelemetry()
        var configuration = HTTPClient.Configuration()
        configuration.tracing.tracer = test.telemetry.tracer
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        try await TestServer.run { router in
            router.add(middleware: ClewMiddleware(telemetry: test.telemetry))
            router.get("orders") { _, _ in "orders" }
        } _: { port in
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/orders")
            let traced = TracedHTTPClient(client, telemetry: test.telemetry)
            _ = try await traced.execute(request, timeout: .seconds(30)).body.collect(upTo: 1024)
            _ = try await client.execute(request, timeout: .seconds(30)).body.collect(upTo: 1024)
        }
        try await client.shutdown()
        await test.telemetry.flush()
        let clients = test.exporter.spans.filter { $0.kind == .client }
        let servers = test.exporter.spans.filter { $0.kind == .server }
        #expect(clients.count == 2)
        #expect(Set(servers.map(\.parentSpanID)) == Set(clients.map(\.spanID)))
    }
}
