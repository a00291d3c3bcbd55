import AsyncHTTPClient
import Clew
import ClewModel
import ClewTesting
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import Tracing

@testable import ClewHummingbird

@Suite("The server middleware")
struct ServerTests {
    typealias Routes = @Sendable (Router<ClewRequestContext>, Telemetry) -> Void

    /// Runs a server with the middleware and returns what it recorded until its last request had ended.
    func observe(
        _ options: ClewMiddlewareOptions = .init(), routes: @escaping Routes,
        _ body: @escaping @Sendable (_ url: String, _ test: TestTelemetry) async throws -> Void
    ) async throws -> TestTelemetry {
        let test = try TestTelemetry()
        try await TestServer.run(context: ClewRequestContext.self) { router in
            router.add(middleware: ClewMiddleware(telemetry: test.telemetry, options: options))
            routes(router, test.telemetry)
        } _: { port in
            try await body("http://127.0.0.1:\(port)", test)
        }
        await test.telemetry.flush()
        return test
    }

    /// Calls without any instrumentation of the client.
    @discardableResult
    func get(_ url: String, headers: [(String, String)] = [], body: HTTPClientRequest.Body? = nil) async throws -> Int {
        var request = HTTPClientRequest(url: url)
        request.method = body == nil ? .GET : .POST
        request.body = body
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return try await response.body.collect(upTo: 1 << 20).readableBytes
    }

    func points(_ test: TestTelemetry, _ name: String) -> [ClewModel.HistogramPoint] {
        guard case .histogram(let points, _)? = test.exporter.metrics.last(where: { $0.name == name })?.data else {
            return []
        }
        return points
    }

    func active(_ test: TestTelemetry) -> [NumberValue] {
        let metric = test.exporter.metrics.last { $0.name == "http.server.active_requests" }
        guard case .sum(let points, _, isMonotonic: false)? = metric?.data else { return [] }
        return points.map(\.value)
    }

    @Test("a scan for paths that do not exist makes one time series and one span name")
    func scan() async throws {
        let test = try await observe { router, _ in
            router.get("orders/:id") { _, _ in "order" }
        } _: { url, _ in
            for index in 0..<20 { try await get("\(url)/admin\(index).php") }
        }
        #expect(Set(test.exporter.spans.map(\.name)) == ["GET"])
        #expect(test.exporter.spans.count == 20)
        #expect(points(test, "http.server.request.duration").map(\.count) == [20])
    }

    @Test("requests of excluded paths leave no trace, and those beside them do")
    func excluded() async throws {
        var options = ClewMiddlewareOptions()
        options.excludedPaths = ["/healthz"]
        let test = try await observe(options) { router, telemetry in
            router.get("healthz") { _, _ in
                telemetry.tracer.startSpan("inside").end()
                return "well"
            }
            router.get("healthz/deep") { _, _ in "well" }
        } _: { url, _ in
            try await get("\(url)/healthz?full=1")
            try await get("\(url)/healthz/deep")
        }
        #expect(test.exporter.spans.map(\.name) == ["GET /healthz/deep"])
        #expect(test.exporter.logs.count == 1)
        #expect(points(test, "http.server.request.duration").map(\.count) == [1])
    }

    @Test("the log line can be switched off")
    func quiet() async throws {
        var options = ClewMiddlewareOptions()
        options.logsRequests = false
        let test = try await observe(options) { router, _ in
            router.get("orders") { _, _ in "orders" }
        } _: { url, _ in
            try await get("\(url)/orders")
        }
        #expect(test.exporter.spans.count == 1)
        #expect(test.lines.isEmpty)
    }

    @Test("requests in flight are counted while they run, and no longer")
    func inFlight() async throws {
        let during = Mutex<[NumberValue]>([])
        let test = try await observe { router, telemetry in
            router.get("orders") { _, _ -> Response in
                await telemetry.flush()
                throw HTTPError(.conflict)
            }
        } _: { url, test in
            try await get("\(url)/orders")
            during.withLock { $0 = active(test) }
        }
        #expect(during.withLock { $0 } == [.double(1)])
        #expect(active(test) == [.double(0)])
    }

    @Test(
        "sizes of bodies are the bytes read and written, streamed or not, where they are asked for",
        arguments: [false, true])
    func bodySizes(_ isMeasured: Bool) async throws {
        var options = ClewMiddlewareOptions()
        options.measuresBodies = isMeasured
        let test = try await observe(options) { router, _ in
            router.post("echo") { request, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        for try await part in request.body { try await writer.write(part) }
                        try await writer.write(contentsOf: [ByteBuffer(string: "!"), ByteBuffer(string: "!")])
                        try await writer.finish(nil)
                    })
            }
            router.post("count") { request, _ in
                String(try await request.body.collect(upTo: 1 << 20).readableBytes)
            }
        } _: { url, _ in
            let parts = (0..<3).map { _ in ByteBuffer(repeating: 7, count: 1000) }
            let stream = AsyncStream { continuation in
                parts.forEach { continuation.yield($0) }
                continuation.finish()
            }
            let echoed = try await get("\(url)/echo", body: .stream(stream, length: .unknown))
            #expect(echoed == 3002)
            let counted = try await get("\(url)/count", body: .bytes(ByteBuffer(repeating: 7, count: 2000)))
            #expect(counted == 4)
        }
        let spans = test.exporter.spans
        func size(_ name: String, _ key: String) -> AttributeValue? {
            spans.first { $0.name == name }?.attributes["http.\(key).body.size"]
        }
        #expect(size("POST /echo", "request") == (isMeasured ? 3000 : nil))
        #expect(size("POST /echo", "response") == (isMeasured ? 3002 : nil))
        #expect(size("POST /count", "request") == (isMeasured ? 2000 : nil))
        #expect(size("POST /count", "response") == (isMeasured ? 4 : nil))
        let requests = points(test, "http.server.request.body.size")
        let responses = points(test, "http.server.response.body.size")
        #expect(Set(requests.map(\.sum)) == (isMeasured ? [3000, 2000] : []))
        #expect(Set(responses.map(\.sum)) == (isMeasured ? [3002, 4] : []))
        #expect(requests.allSatisfy { $0.explicitBounds == SemanticConventions.byteSizeBuckets })
        let unit = test.exporter.metrics.first { $0.name == "http.server.request.body.size" }?.unit
        #expect(unit == (isMeasured ? "By" : nil))
    }

    struct Client: Sendable, CustomTestStringConvertible {
        var source: ClientAddressSource
        var header: String
        var value: String
        var address: String?
        var testDescription: String { "\(source) \(value)" }
    }

    @Test(
        "a client's address is what the outermost trusted proxy saw",
        arguments: [
            Client(source: .peer, header: "X-Forwarded-For", value: "192.0.2.1", address: nil),
            Client(
                source: .xForwardedFor(proxies: 1), header: "X-Forwarded-For", value: "192.0.2.1", address: "192.0.2.1"),
            Client(
                source: .xForwardedFor(proxies: 1), header: "X-Forwarded-For", value: "6.6.6.6, 192.0.2.1:80",
                address: "192.0.2.1"),
            Client(
                source: .xForwardedFor(proxies: 2), header: "X-Forwarded-For", value: "6.6.6.6,192.0.2.1,10.0.0.1",
                address: "192.0.2.1"),
            Client(
                source: .xForwardedFor(proxies: 5), header: "X-Forwarded-For", value: "2001:db8::1, 10.0.0.1",
                address: "2001:db8::1"),
            Client(source: .xForwardedFor(proxies: 1), header: "X-Forwarded-For", value: "unknown", address: nil),
            Client(source: .xForwardedFor(proxies: 1), header: "X-Forwarded-For", value: "", address: nil),
            Client(source: .xForwardedFor(proxies: 0), header: "X-Forwarded-For", value: "192.0.2.1", address: nil),
            Client(source: .xForwardedFor(proxies: 1), header: "Forwarded", value: "for=192.0.2.1", address: nil),
            Client(
                source: .forwarded(proxies: 1), header: "Forwarded",
                value: #"for=6.6.6.6, proto=https; For="[2001:db8::17]:4711";by=_x"#, address: "2001:db8::17"),
            Client(source: .forwarded(proxies: 1), header: "Forwarded", value: "for=_hidden", address: nil),
            Client(source: .forwarded(proxies: 1), header: "Forwarded", value: "by=192.0.2.1", address: nil),
            Client(
                source: .forwarded(proxies: 1), header: "Forwarded", value: "for=" + String(repeating: "1.", count: 99),
                address: nil),
        ])
    func clientAddress(_ client: Client) throws {
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name(client.header))] = client.value
        #expect(client.source.address(in: headers) == client.address)
    }

    @Test("spans say who called, over which version of HTTP, and keep the headers that are asked for")
    func connection() async throws {
        var options = ClewMiddlewareOptions()
        options.clientAddress = .xForwardedFor(proxies: 1)
        options.capturedRequestHeaders = [.accept, .cookie]
        options.capturedResponseHeaders = [.contentType]
        let test = try await observe(options) { router, _ in
            router.get("orders") { _, _ in "orders" }
        } _: { url, _ in
            try await get("\(url)/orders", headers: [("X-Forwarded-For", "192.0.2.1")])
            try await get("\(url)/orders", headers: [("Accept", "text/plain"), ("Accept", "*/*"), ("TE", "x")])
        }
        let (first, second) = (test.exporter.spans[0].attributes, test.exporter.spans[1].attributes)
        #expect(first["client.address"] == "192.0.2.1")
        #expect(first["network.peer.address"] == "127.0.0.1")
        #expect(second["client.address"] == "127.0.0.1")
        #expect(second["network.peer.address"] == nil)
        #expect(second["network.protocol.version"] == "1.1")
        #expect(second["server.address"] == "127.0.0.1")
        #expect(second["http.request.header.accept"] == .array(["text/plain", "*/*"]))
        #expect(second["http.request.header.cookie"] == nil)
        #expect(second["http.request.header.te"] == nil)
        #expect(second["http.response.header.content-type"] == .array(["text/plain; charset=utf-8"]))
    }

    @Test("a request whose client goes away keeps its span, before the response and in the middle of it")
    func clientLeaves() async throws {
        let (cancelled, cancel) = AsyncStream<String>.makeStream()
        let test = try await observe { router, _ in
            router.get("wait") { request, _ -> String in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    cancel.yield("started")
                    defer { cancel.yield("cancelled") }
                    try await Task.sleep(for: .seconds(3600))
                    return "never"
                }
            }
            router.get("events") { request, _ in
                Response(
                    status: .ok,
                    body: ResponseBody { writer in
                        var events = writer
                        try await request.body.consumeWithCancellationOnInboundClose { _ in
                            try await events.write(ByteBuffer(string: "event"))
                            cancel.yield("started")
                            defer { cancel.yield("cancelled") }
                            try await Task.sleep(for: .seconds(3600))
                        }
                    })
            }
        } _: { url, _ in
            var signals = cancelled.makeAsyncIterator()
            for path in ["wait", "events"] {
                let port = try #require(Int(url.split(separator: ":").last ?? ""))
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port).get()
                try await channel.writeAndFlush(ByteBuffer(string: "GET /\(path) HTTP/1.1\r\nHost: shop\r\n\r\n"))
                #expect(await signals.next() == "started")
                try await channel.close()
                #expect(await signals.next() == "cancelled")
            }
        }
        #expect(test.exporter.spans.map(\.name) == ["GET /wait", "GET /events"])
        #expect(test.exporter.spans.map { $0.attributes["http.response.status_code"] } == [nil, 200])
        #expect(test.exporter.spans.allSatisfy { $0.status.code == .unset && $0.attributes["error.type"] == nil })
        #expect(points(test, "http.server.request.duration").map(\.count).reduce(0, +) == 2)
        #expect(active(test) == [.double(0)])
    }

    /// Replaces every response by one of its own.
    struct Replacing: RouterMiddleware {
        func handle(
            _ request: Request, context: ClewRequestContext,
            next: (Request, ClewRequestContext) async throws -> Response
        ) async throws -> Response {
            _ = try await next(request, context)
            return Response(status: .accepted)
        }
    }

    @Test("a response that is dropped unwritten ends its request")
    func dropped() async throws {
        let test = try TestTelemetry()
        try await TestServer.run(context: ClewRequestContext.self) { router in
            router.add(middleware: Replacing())
            router.add(middleware: ClewMiddleware(telemetry: test.telemetry))
            router.get("upgrade") { _, _ in Response(status: .ok, body: ResponseBody { try await $0.finish(nil) }) }
        } _: { port in
            _ = try await get("http://127.0.0.1:\(port)/upgrade")
        }
        await test.telemetry.flush()
        #expect(test.exporter.spans.map(\.name) == ["GET /upgrade"])
        #expect(active(test) == [.double(0)])
    }

    @Test("only a body in memory counts as written at once")
    func buffered() {
        #expect(ResponseBody().isBuffered)
        #expect(ResponseBody(byteBuffer: ByteBuffer(string: "order")).isBuffered)
        #expect(!ResponseBody(contentLength: 0) { try await $0.finish(nil) }.isBuffered)
        #expect(!ResponseBody(contentsOf: [ByteBuffer(string: "order")]).isBuffered)
    }
}
