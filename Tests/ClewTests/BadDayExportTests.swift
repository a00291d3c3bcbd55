import ClewModel
import ClewTesting
import ClewWire
import NIOCore
import NIOPosix
import Testing
import Tracing

@testable import Clew

/// Whatever the collector does, the service is unharmed and every span is accounted for.
@Suite("Bad days of a collector", .timeLimit(.minutes(2)))
struct BadDayExportTests {
    /// Traces alone, over OTLP/HTTP.
    static func configuration(_ endpoint: String, _ more: [String: String] = [:]) -> Telemetry.Configuration {
        let environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
        ]
        return Telemetry.Configuration(service: "orders", environment: environment.merging(more) { $1 })
    }

    func telemetry(
        _ endpoint: String, _ more: [String: String] = [:], clock: TelemetryClock = .system, requestBytes: Int? = nil
    ) throws -> Telemetry {
        var configuration = Self.configuration(endpoint, more)
        if let requestBytes { configuration.otlp[.traces]?.maximumRequestBytes = requestBytes }
        return try Telemetry(configuration, clock: clock, output: CapturedLines().output)
    }

    func makeSpans(_ telemetry: Telemetry, _ count: Int, padding: Int = 0) {
        for index in 0..<count {
            let span = telemetry.tracer.startSpan("span \(index)")
            if padding > 0 { span.attributes["padding"] = String(repeating: "x", count: padding) }
            span.end()
        }
    }

    @Test(
        "whatever it answers, every span is counted once and the flush returns",
        arguments: [
            (RawCollector.http("200 OK", body: "\u{1}\u{2}garbage\u{ff}"), 3),
            (RawCollector.http("200 OK", ["Content-Type: text/html"], body: "<html>"), 3),
            (RawCollector.http("200 OK", ["Content-Type: application/json"], body: "{\"partialSuccess\":7"), 3),
            (RawCollector.http("200 OK", body: String(repeating: "A", count: 300_000)), 3),
            (RawCollector.http("204 No Content"), 3),
            (
                RawCollector.http(
                    "200 OK", ["Content-Type: application/json"],
                    body: #"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#), 1
            ),
            (
                RawCollector.http(
                    "200 OK", ["Content-Type: application/json"],
                    body: #"{"partialSuccess":{"rejectedSpans":"-9","errorMessage":"careful"}}"#), 3
            ),
            (RawCollector.http("400 Bad Request", body: "\u{0}\u{1}"), 0),
            (RawCollector.http("301 Moved", ["Location: http://127.0.0.1:1/"]), 0),
            (RawCollector.http("307 Temporary Redirect", ["Location: /v1/traces"]), 0),
            (RawCollector.http("413 Too Large"), 0),
            ("SSH-2.0-OpenSSH_9.6\r\n", 0), ("", 0),
            ("HTTP/1.1 999999 What\r\n\r\n", 0),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 0),
        ] as [(String, UInt64)]
    )
    func answers(_ answer: String, exported: UInt64) async throws {
        try await RawCollector.run(.always(answer)) { collector in
            let telemetry = try telemetry(
                "http://127.0.0.1:\(collector.port)",
                ["OTEL_EXPORTER_OTLP_TIMEOUT": "300", "OTEL_BSP_EXPORT_TIMEOUT": "300", "CLEW_SHUTDOWN_TIMEOUT": "300"])
            makeSpans(telemetry, 3)
            #expect(await telemetry.flush(within: .seconds(60)) == (exported == 3 ? .sent : .notSent))
            await telemetry.shutdown()
            #expect(telemetry.statistics.exported[.traces] ?? 0 == exported)
            #expect(telemetry.statistics.totalDropped == 3 - exported)
        }
    }

    @Test("what was refused, and what a collector says of it, is reported")
    func reports() async throws {
        let message = #"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#
        let answer = RawCollector.http("200 OK", ["Content-Type: application/json"], body: message)
        try await RawCollector.run(.always(answer)) { collector in
            let lines = CapturedLines()
            let telemetry = try Telemetry(
                Self.configuration("http://127.0.0.1:\(collector.port)"), output: lines.output)
            let running = Task { try await telemetry.run() }
            makeSpans(telemetry, 3)
            await telemetry.flush()
            running.cancel()
            try await running.value
            #expect(lines.lines.contains { $0.contains("traces rejected=2 (too old)") })
        }
        try await RawCollector.run(.always(RawCollector.http("302 Found", ["Location: /x"]))) { collector in
            let lines = CapturedLines()
            let telemetry = try Telemetry(
                Self.configuration("http://127.0.0.1:\(collector.port)"), output: lines.output)
            let running = Task { try await telemetry.run() }
            makeSpans(telemetry, 3)
            await telemetry.flush()
            running.cancel()
            try await running.value
            #expect(lines.lines.contains { $0.contains("refused=3") && $0.contains("redirects to") })
            #expect(collector.bodies.count == 1)
        }
    }

    @Test("a password in the address does not get into the log")
    func password() async throws {
        let lines = CapturedLines()
        let telemetry = try Telemetry(
            Self.configuration("http://user:secret@127.0.0.1:1/x"), output: lines.output)
        let running = Task { try await telemetry.run() }
        makeSpans(telemetry, 3)
        running.cancel()
        try await running.value
        #expect(telemetry.statistics.totalDropped == 3)
        #expect(lines.lines.contains { $0.contains("127.0.0.1:1/x/v1/traces") })
        #expect(!lines.lines.contains { $0.contains("secret") })
    }

    @Test("a request that is too large is sent in parts that are not, and a span that alone is too large is counted")
    func splitAtAnswer413() async throws {
        let accepts = 3000
        let behaviour = RawCollector.Behaviour.answer { body in
            RawCollector.http(body.count <= accepts ? "200 OK" : "413 Content Too Large")
        }
        try await RawCollector.run(behaviour) { collector in
            let telemetry = try telemetry("http://127.0.0.1:\(collector.port)")
            makeSpans(telemetry, 60)
            makeSpans(telemetry, 1, padding: 10_000)
            #expect(await telemetry.flush() == .notSent)
            let taken = collector.bodies.filter { $0.count <= accepts }.flatMap { (try? OTLP.decodeTraces($0)) ?? [] }
            #expect(taken.map(\.name) == (0..<60).map { "span \($0)" })
            #expect(telemetry.statistics.exported[.traces] == 60)
            #expect(telemetry.statistics.dropped(.traces, .tooLarge) == 1)
            await telemetry.shutdown()
        }
    }

    @Test("a span that cannot be cut out of a request that is too large is counted")
    func splitOfTheUnreadable() async throws {
        let behaviour = RawCollector.Behaviour.answer { body in
            RawCollector.http(body.count <= 3000 ? "200 OK" : "413 Content Too Large")
        }
        try await RawCollector.run(behaviour) { collector in
            let telemetry = try telemetry(
                "http://127.0.0.1:\(collector.port)", ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "10000"])
            var attributes: SpanAttributes = [:]
            for index in 0...WireLimits.default.maximumAttributes { attributes["key \(index)"] = index }
            let span = telemetry.tracer.startSpan("beyond the limits")
            span.attributes = attributes
            span.end()
            makeSpans(telemetry, 2)
            #expect(await telemetry.flush() == .notSent)
            #expect(telemetry.statistics.exported[.traces] == 2)
            #expect(telemetry.statistics.dropped(.traces, .tooLarge) == 1)
            #expect(telemetry.statistics.totalDropped == 1)
            await telemetry.shutdown()
        }
    }

    @Test("no request exceeds its limit")
    func splitBeforeSending() async throws {
        try await RawCollector.run(.always(RawCollector.http("200 OK"))) { collector in
            let telemetry = try telemetry("http://127.0.0.1:\(collector.port)", requestBytes: 2000)
            makeSpans(telemetry, 60)
            makeSpans(telemetry, 1, padding: 3000)
            await telemetry.flush()
            #expect(collector.bodies.count > 3)
            #expect(collector.bodies.allSatisfy { $0.count <= 2000 })
            #expect(try collector.bodies.flatMap { try OTLP.decodeTraces($0) }.count == 60)
            #expect(telemetry.statistics.exported[.traces] == 60)
            #expect(telemetry.statistics.dropped(.traces, .tooLarge) == 1)
            await telemetry.shutdown()
        }
    }

    @Test("a connection that is accepted and never read ends with its timeout")
    func halfOpen() async throws {
        try await RawCollector.run(.neverReads) { collector in
            let telemetry = try telemetry(
                "http://127.0.0.1:\(collector.port)",
                ["OTEL_EXPORTER_OTLP_TIMEOUT": "200", "OTEL_BSP_EXPORT_TIMEOUT": "300", "CLEW_SHUTDOWN_TIMEOUT": "300"])
            makeSpans(telemetry, 100, padding: 100_000)
            #expect(await telemetry.flush(within: .seconds(60)) == .notSent)
            await telemetry.shutdown()
            #expect(telemetry.statistics.totalDropped == 100)
        }
    }

    /// The clock stands still, so a shutdown that waited for anything but the attempt itself would not end.
    @Test(
        "where nobody is there, the shutdown does not wait",
        arguments: ["http://127.0.0.1:1", "http://does-not-exist.invalid:4318"])
    func nobodyThere(_ endpoint: String) async throws {
        let telemetry = try telemetry(endpoint, clock: ManualClock().clock)
        makeSpans(telemetry, 1500)
        await telemetry.shutdown()
        #expect(telemetry.statistics.dropped(.traces, .unreachable) == 1500)
        #expect(telemetry.statistics.totalDropped == 1500)
    }

    @Test("a collector that is gone costs no more memory than the queue may hold")
    func memory() async throws {
        var configuration = Self.configuration("http://127.0.0.1:1")
        configuration.spanQueue.capacity = 1_000_000
        configuration.spanQueue.maximumBytes = 1 << 20
        let telemetry = try Telemetry(configuration, output: CapturedLines().output)
        let running = Task { try await telemetry.run() }
        makeSpans(telemetry, 20_000)
        // The queue holds a million spans, but not a mebibyte of them.
        #expect(telemetry.statistics.dropped(.traces, .queueFull) > 5000)
        running.cancel()
        try await running.value
        #expect(telemetry.statistics.totalDropped == 20_000)
    }

    @Test("datagrams to nobody are no error, and those that come when somebody is there again arrive")
    func udp() async throws {
        func bind(_ received: Datagrams, port: Int) async throws -> any Channel {
            try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramHandler(received))
                    }
                }
                .bind(host: "127.0.0.1", port: port).get()
        }
        let first = try await bind(Datagrams(), port: 0)
        let port = try #require(first.localAddress?.port)
        try await first.close()
        let telemetry = try telemetry("http://127.0.0.1:1", ["CLEW_EXPORTER_UDP_ENDPOINT": "127.0.0.1:\(port)"])
        for _ in 0..<20 {
            makeSpans(telemetry, 1)
            await telemetry.flush()
        }
        let received = Datagrams()
        let second = try await bind(received, port: port)
        for _ in 0..<3 {
            makeSpans(telemetry, 1)
            await telemetry.flush()
        }
        let datagrams = await received.collect { $0.count >= 3 }
        let sequences = try datagrams.map { try #require(try UDPHeader.parse($0)).sequence }
        #expect(sequences == [20, 21, 22])
        await telemetry.shutdown()
        let statistics = telemetry.statistics
        #expect((statistics.exported[.traces] ?? 0) + statistics.totalDropped == 23)
        try await second.close()
    }

    @Test("an address that is not found holds up an attempt no longer than it may take, and no shutdown")
    func unresolved() async throws {
        let address = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: SocketAddress.self)
        let exporter = UDPExporter(HostAndPort(host: "collector", port: 4319)) { _ in address.futureResult }
        let outcome = ExportOutcome.unreachable(reason: "collector:4319: no address in time")
        #expect(await exporter.export(.spans([]), within: .zero) == outcome)
        let attempt = Task { await exporter.export(.spans([]), within: .seconds(3600)) }
        attempt.cancel()
        #expect(await attempt.value == outcome)
        await exporter.shutdown()
        address.fail(CancellationError())
    }

    @Test("an address is looked up once for all sockets, and again when it could not be found")
    func lookUps() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let lookUps = Arrivals()
        let exporter = UDPExporter(HostAndPort(host: "collector", port: 1)) { _ in
            lookUps.arrived()
            return lookUps.count == 1 ? loop.makeFailedFuture(CancellationError()) : loop.makeSucceededFuture(address)
        }
        let span = ClewModel.Span(
            traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: "span", start: 1, end: 1)
        let outcome = await exporter.export(.spans([span]))
        #expect(outcome == .unreachable(reason: "collector:1: CancellationError()"))
        // Nobody is there, so the system refuses, and the socket is opened again and again.
        for _ in 0..<20 { _ = await exporter.export(.spans([span])) }
        #expect(lookUps.count == 2)
        await exporter.shutdown()
    }
}
