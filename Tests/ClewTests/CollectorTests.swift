import ClewModel
import ClewTesting
import ClewWire
import CoreMetrics
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import Tracing

@testable import Clew

@Suite("Over a real port", .timeLimit(.minutes(2)))
struct CollectorTests {
    func telemetry(_ endpoint: String, _ more: [String: String] = [:]) throws -> Telemetry {
        let environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_METRICS_EXPORTER": "none"]
        let configuration = Telemetry.Configuration(service: "orders", environment: environment.merging(more) { $1 })
        #expect(configuration.warnings.isEmpty)
        return try Telemetry(configuration, output: CapturedLines().output)
    }

    func makeSpans(_ telemetry: Telemetry, _ count: Int) {
        for index in 0..<count { telemetry.tracer.startSpan("span \(index)").end() }
    }

    @Test(
        "spans, logs and metrics arrive, in every encoding",
        arguments: ["http/protobuf", "http/json"], ["none", "gzip"]
    )
    func encodings(_ encoding: String, _ compression: String) async throws {
        try await FakeCollector.run { collector in
            let telemetry = try telemetry(
                collector.endpoint,
                [
                    "OTEL_EXPORTER_OTLP_PROTOCOL": encoding, "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
                    "OTEL_EXPORTER_OTLP_HEADERS": "api-key=secret", "OTEL_METRICS_EXPORTER": "otlp",
                ])
            makeSpans(telemetry, 3)
            Logger(label: "a", factory: telemetry.logHandlerFactory).info("hello")
            telemetry.metricsFactory.makeCounter(label: "hits", dimensions: []).increment(by: 1)
            await telemetry.flush()
            await telemetry.shutdown()
            #expect(Set(collector.requests.map(\.signal)) == Set(Signal.allCases))
            #expect(collector.requests.allSatisfy { $0.headers["api-key"] == "secret" })
            #expect(collector.requests.allSatisfy { ($0.headers["content-encoding"] ?? "none") == compression })
            #expect(telemetry.statistics.totalDropped == 0)
            if encoding == "http/protobuf" {
                #expect(collector.spans.map(\.name) == ["span 0", "span 1", "span 2"])
                #expect(collector.spans.allSatisfy { $0.resource.serviceName == "orders" })
                #expect(collector.logs.map(\.body) == ["hello"])
                #expect(collector.metrics.map(\.name).contains("hits"))
            } else {
                let traces = try #require(collector.requests.first { $0.signal == .traces })
                #expect(traces.headers["content-type"] == "application/json")
                let spans = try OTLP.decodeTraces(try OTLPJSON.toProtobuf(traces.body, .traces))
                #expect(spans.map(\.name) == ["span 0", "span 1", "span 2"])
            }
        }
    }

    @Test("a graceful shutdown sends what is queued")
    func gracefulShutdown() async throws {
        try await FakeCollector.run { collector in
            let telemetry = try telemetry(collector.endpoint)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let group = ServiceGroup(services: [telemetry], logger: logger)
            let running = Task { try await group.run() }
            makeSpans(telemetry, 700)
            await group.triggerGracefulShutdown()
            try await running.value
            #expect(collector.spans.count == 700)
            #expect(Set(collector.spans.map(\.spanID)).count == 700)
        }
    }

    @Test("a cancellation sends what is queued")
    func cancellation() async throws {
        try await FakeCollector.run { collector in
            let telemetry = try telemetry(collector.endpoint)
            let running = Task { try await telemetry.run() }
            makeSpans(telemetry, 5)
            running.cancel()
            try await running.value
            #expect(collector.spans.count == 5)
            #expect(telemetry.statistics.totalDropped == 0)
        }
    }

    @Test("a cancellation during an export loses and doubles nothing")
    func cancellationDuringExport() async throws {
        try await FakeCollector.run(.answer(status: 503)) { collector in
            let telemetry = try telemetry(collector.endpoint)
            let running = Task { try await telemetry.run() }
            makeSpans(telemetry, 512)
            await collector.received(atLeast: 1)
            makeSpans(telemetry, 5)
            collector.behaviour = .accept
            let refused = collector.spans.count
            running.cancel()
            try await running.value
            let accepted = collector.spans.dropFirst(refused)
            #expect(accepted.count == 517)
            #expect(telemetry.statistics.exported[.traces] == 517)
        }
    }

    @Test("a collector that hangs holds the shutdown up no longer than its timeout, and the loss is counted")
    func hangingCollector() async throws {
        try await FakeCollector.run(.hang) { collector in
            let telemetry = try telemetry(collector.endpoint, ["CLEW_SHUTDOWN_TIMEOUT": "200"])
            let running = Task { try await telemetry.run() }
            makeSpans(telemetry, 600)
            await collector.received(atLeast: 1)
            running.cancel()
            try await running.value
            #expect(telemetry.statistics.dropped(.traces, .shutdown) == 600)
        }
    }

    @Test("an address with a port that is none is refused, and ends nothing")
    func impossiblePort() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.otlp[.traces]?.url = "http://localhost:99999/v1/traces"
        let telemetry = try Telemetry(configuration, output: CapturedLines().output)
        makeSpans(telemetry, 1)
        await telemetry.flush()
        #expect(telemetry.statistics.dropped(.traces, .refused) == 1)
    }

    @Test("an answer that begins and never ends holds up one request for its timeout, and not what follows")
    func hangingBody() async throws {
        try await FakeCollector.run(.hangInBody) { collector in
            let telemetry = try telemetry(collector.endpoint, ["OTEL_EXPORTER_OTLP_TIMEOUT": "200"])
            let running = Task { try await telemetry.run() }
            makeSpans(telemetry, 1024)
            await collector.received(atLeast: 2)
            running.cancel()
            try await running.value
            #expect(telemetry.statistics.exported[.traces] == 1024)
        }
    }

    @Test("with no collector nothing waits and nothing grows; everything lost is counted")
    func collectorDown() async throws {
        let telemetry = try telemetry(
            "http://127.0.0.1:1", ["OTEL_BSP_MAX_QUEUE_SIZE": "50", "CLEW_SHUTDOWN_TIMEOUT": "200"])
        let running = Task { try await telemetry.run() }
        makeSpans(telemetry, 10_000)
        // One batch is in the exporter's hands, the queue holds its capacity, and the rest went at once.
        #expect(telemetry.statistics.dropped(.traces, .queueFull) >= 10_000 - 2 * 50)
        running.cancel()
        try await running.value
        #expect(telemetry.statistics.totalDropped == 10_000)
    }

    @Test(
        "an answer that asks for patience is followed by another attempt, one that refuses is not",
        arguments: [(429, true), (502, true), (503, true), (504, true), (400, false), (401, false), (500, false)]
    )
    func statuses(_ status: Int, isRepeated: Bool) async throws {
        try await FakeCollector.run(.answer(status: status, retryAfter: 3600)) { collector in
            let telemetry = try telemetry(collector.endpoint, ["OTEL_BSP_EXPORT_TIMEOUT": "86400000"])
            makeSpans(telemetry, 1)
            await telemetry.flush()
            #expect(telemetry.statistics.dropped(.traces, .refused) == (isRepeated ? 0 : 1))
            collector.behaviour = .accept
            await telemetry.shutdown()
            #expect(collector.requests.count == (isRepeated ? 2 : 1))
            #expect(telemetry.statistics.exported[.traces] ?? 0 == (isRepeated ? 1 : 0))
        }
    }

    @Test("datagrams carry a header, count up, and are split to fit")
    func datagrams() async throws {
        let received = Datagrams()
        let server = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(received))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let telemetry = try telemetry(
            "http://127.0.0.1:1", ["CLEW_EXPORTER_UDP_ENDPOINT": "127.0.0.1:\(port)", "OTEL_LOGS_EXPORTER": "none"])
        for index in 0..<400 {
            let span = telemetry.tracer.startSpan("span \(index)")
            span.attributes["padding"] = String(repeating: "x", count: 500)
            span.end()
        }
        let huge = telemetry.tracer.startSpan("huge")
        huge.attributes["padding"] = String(repeating: "x", count: 100_000)
        huge.end()
        await telemetry.shutdown()
        let datagrams = await received.collect { datagrams in
            datagrams.reduce(0) { $0 + ((try? OTLP.decodeTraces(Array($1.dropFirst(UDPHeader.size))))?.count ?? 0) }
                >= 400
        }
        let headers = try datagrams.map { try #require(try UDPHeader.parse($0)) }
        #expect(datagrams.allSatisfy { $0.count <= 60 * 1024 })
        #expect(datagrams.count > 3)
        #expect(headers.map(\.sequence) == (0..<UInt64(datagrams.count)).map { $0 })
        #expect(Set(headers.map(\.sourceID)).count == 1)
        let spans = try datagrams.flatMap { try OTLP.decodeTraces(Array($0.dropFirst(UDPHeader.size))) }
        #expect(spans.map(\.name) == (0..<400).map { "span \($0)" })
        #expect(telemetry.statistics.dropped(.traces, .tooLarge) == 1)
        try await server.close()
    }
}
