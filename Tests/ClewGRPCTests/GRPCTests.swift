import Clew
import ClewGRPC
import ClewModel
import ClewTesting
import GRPCCore
import GRPCNIOTransportHTTP2
import Testing
import Tracing

typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

@Suite("gRPC over a real port", .timeLimit(.minutes(1)))
struct GRPCTests {
    struct Outcome: Sendable {
        var spans: [ClewModel.Span]
        var metrics: [Metric]

        func span(_ kind: ClewModel.SpanKind) throws -> ClewModel.Span {
            try #require(spans.first { $0.kind == kind })
        }

        /// The points of a histogram, by the name of the metric.
        func points(_ name: String) -> [ClewModel.HistogramPoint] {
            guard case .histogram(let points, _)? = metrics.last(where: { $0.name == name })?.data else { return [] }
            return points
        }
    }

    /// Runs a server with a client of it, and returns what both recorded.
    func call(
        _ body: @escaping @Sendable (Client, ClewTracer) async throws -> Void
    ) async throws -> Outcome {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        try await withTracer(telemetry.tracer) {
            try await withGRPCServer(
                transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
                services: [EchoService()], interceptors: [ClewServerInterceptor(telemetry: telemetry)]
            ) { server in
                let port = try #require(try await server.listeningAddress?.ipv4?.port)
                try await withGRPCClient(
                    transport: .http2NIOPosix(
                        target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext),
                    interceptors: [ClewClientInterceptor(server: "orders.internal", port: 50051, telemetry: telemetry)]
                ) { client in
                    try await telemetry.tracer.withSpan("work") { _ in try await body(client, telemetry.tracer) }
                }
            }
        }
        await telemetry.flush()
        return Outcome(spans: exporter.spans, metrics: exporter.metrics)
    }

    static func send(
        _ client: Client, _ method: String, _ messages: [String], timeout: Duration? = nil,
        reading: Int = .max
    ) async throws -> [String] {
        var options = CallOptions.defaults
        options.timeout = timeout
        return try await client.bidirectionalStreaming(
            request: StreamingClientRequest { try await $0.write(contentsOf: messages) },
            descriptor: EchoService.method(method), serializer: Text(), deserializer: Text(), options: options
        ) { response in
            var answers: [String] = []
            for try await answer in response.messages {
                answers.append(answer)
                if answers.count == reading { break }
            }
            return answers
        }
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        var method: String
        var requests: [String]
        var answers: [String]
        var testDescription: String { method }
    }

    @Test(
        "each shape makes one client and one server span in one trace, and counts its messages",
        arguments: [
            Shape(method: "Collect", requests: ["a", "b"], answers: ["a+b"]),
            Shape(method: "Expand", requests: ["x"], answers: ["x1", "x2", "x3"]),
            Shape(method: "Both", requests: ["a", "b"], answers: ["a", "b"]),
        ])
    func shapes(_ shape: Shape) async throws {
        let outcome = try await call { client, _ in
            let answers = try await Self.send(client, shape.method, shape.requests)
            #expect(answers == shape.answers)
        }
        let (work, client, server) = (
            try #require(outcome.spans.first { $0.name == "work" }), try outcome.span(.client),
            try outcome.span(.server)
        )
        #expect(outcome.spans.count { $0.kind == .client } == 1 && outcome.spans.count { $0.kind == .server } == 1)
        #expect(client.parentSpanID == work.spanID)
        #expect(server.parentSpanID == client.spanID)
        #expect(Set(outcome.spans.map(\.traceID)).count == 1)
        for span in [client, server] {
            #expect(span.name == "shop.v1.Echo/\(shape.method)")
            #expect(span.attributes["rpc.system"] == "grpc")
            #expect(span.attributes["rpc.service"] == "shop.v1.Echo")
            #expect(span.attributes["rpc.method"] == .string(shape.method))
            #expect(span.attributes["rpc.grpc.status_code"] == 0)
            #expect(span.attributes["network.peer.address"] == "127.0.0.1")
            #expect(span.status.code == .unset)
        }
        #expect(client.attributes["server.address"] == "orders.internal")
        #expect(client.attributes["server.port"] == 50051)
        #expect(server.attributes["client.address"] == "127.0.0.1")
        #expect(server.attributes["server.port"] == client.attributes["network.peer.port"])
        for side in ["server", "client"] {
            #expect(outcome.points("rpc.\(side).requests_per_rpc").map(\.sum) == [Double(shape.requests.count)])
            #expect(outcome.points("rpc.\(side).responses_per_rpc").map(\.sum) == [Double(shape.answers.count)])
            let durations = outcome.points("rpc.\(side).duration")
            #expect(durations.map(\.count) == [1])
            #expect(durations.first?.context.attributes["rpc.grpc.status_code"] == 0)
        }
        #expect(outcome.metrics.first { $0.name == "rpc.server.duration" }?.unit == "ms")
        #expect(outcome.metrics.first { $0.name == "rpc.server.requests_per_rpc" }?.unit == "{count}")
    }

    @Test("a unary call carries the correlation id and the baggage")
    func unary() async throws {
        let outcome = try await call { client, tracer in
            var context = ServiceContext.current ?? .topLevel
            context.correlationID = "order-7"
            let answer = try await ServiceContext.withValue(context) {
                try await client.unary(
                    request: ClientRequest(message: "order"), descriptor: EchoService.method("Unary"),
                    serializer: Text(), deserializer: Text(), options: .defaults
                ) { try $0.message }
            }
            #expect(answer == "order of order-7")
        }
        #expect(try outcome.span(.server).attributes["correlation.id"] == "order-7")
        #expect(outcome.points("rpc.server.requests_per_rpc").map(\.sum) == [1])
        #expect(outcome.points("rpc.server.responses_per_rpc").map(\.sum) == [1])
    }

    @Test("the server span covers the stream and is current while it is written")
    func streaming() async throws {
        let outcome = try await call { client, _ in _ = try await Self.send(client, "Expand", ["x"]) }
        let server = try outcome.span(.server)
        let inside = try #require(outcome.spans.first { $0.name == "while writing" })
        #expect(inside.parentSpanID == server.spanID)
        #expect(server.end >= inside.end)
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        var method: String
        var request: String
        var code: RPCError.Code
        var errorType: String
        var isServerError: Bool
        var testDescription: String { "\(method) \(request)" }
    }

    @Test(
        "a refusal is an error of the client alone, a failure one of both",
        arguments: [
            Failure(
                method: "Unary", request: "refuse", code: .notFound, errorType: "NOT_FOUND", isServerError: false),
            Failure(method: "Unary", request: "break", code: .unknown, errorType: "UNKNOWN", isServerError: true),
            Failure(method: "Expand", request: "break", code: .dataLoss, errorType: "DATA_LOSS", isServerError: true),
        ])
    func failures(_ failure: Failure) async throws {
        let outcome = try await call { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await Self.send(client, failure.method, [failure.request])
            }
            #expect(error?.code == failure.code)
        }
        let (client, server) = (try outcome.span(.client), try outcome.span(.server))
        let code = AttributeValue.int(Int64(failure.code.rawValue))
        for span in [client, server] { #expect(span.attributes["rpc.grpc.status_code"] == code) }
        #expect(client.status.code == .error)
        #expect(client.attributes["error.type"] == .string(failure.errorType))
        #expect(server.status.code == (failure.isServerError ? .error : .unset))
        #expect(server.attributes["error.type"]?.stringValue == (failure.isServerError ? failure.errorType : nil))
        let points = outcome.points("rpc.server.duration")
        #expect(points.map { $0.context.attributes["rpc.grpc.status_code"] } == [code])
    }

    @Test("a method that the server does not have is an error of the client, which the server does not see")
    func unimplemented() async throws {
        let outcome = try await call { client, _ in
            await #expect(throws: RPCError.self) { try await Self.send(client, "Nowhere", ["x"]) }
        }
        #expect(try outcome.span(.client).attributes["error.type"] == "UNIMPLEMENTED")
        #expect(!outcome.spans.contains { $0.kind == .server })
    }

    @Test("a client that leaves the stream cancels the call, and neither side counts an error")
    func leaving() async throws {
        let outcome = try await call { client, _ in
            let answers = try await Self.send(client, "Wait", ["x"], reading: 1)
            #expect(answers == ["waiting"])
        }
        for kind in [ClewModel.SpanKind.client, .server] {
            let span = try outcome.span(kind)
            #expect(span.status.code == .unset)
            #expect(span.attributes["rpc.grpc.status_code"] == 1)
            #expect(span.attributes["error.type"] == nil)
        }
    }

    @Test("a task that is cancelled counts no error, and keeps its spans")
    func cancellation() async throws {
        let outcome = try await call { client, _ in
            let (started, start) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await client.bidirectionalStreaming(
                    request: StreamingClientRequest<String> { try await $0.write("x") },
                    descriptor: EchoService.method("Wait"), serializer: Text(), deserializer: Text(), options: .defaults
                ) { response in
                    for try await _ in response.messages { start.yield() }
                }
            }
            for await _ in started { break }
            task.cancel()
            _ = await task.result
        }
        for kind in [ClewModel.SpanKind.client, .server] {
            let span = try outcome.span(kind)
            #expect(span.status.code == .unset)
            #expect(span.attributes["rpc.grpc.status_code"] == 1)
        }
    }

    @Test("a deadline that passes is an error of the call; a server that had less time sees a caller who left")
    func deadline() async throws {
        let outcome = try await call { client, _ in
            // The connection is there before the time counts.
            _ = try await Self.send(client, "Both", [])
            let error = await #expect(throws: RPCError.self) {
                try await Self.send(client, "Wait", ["x"], timeout: .milliseconds(500))
            }
            #expect(error?.code == .deadlineExceeded)
        }
        let waits = outcome.spans.filter { $0.name == "shop.v1.Echo/Wait" }
        #expect(waits.contains { $0.kind == .client })
        for span in waits where span.kind == .client || span.status.code == .error {
            #expect(span.attributes["rpc.grpc.status_code"] == 4)
            #expect(span.attributes["error.type"] == "DEADLINE_EXCEEDED")
            #expect(span.status.code == .error)
        }
    }
}
