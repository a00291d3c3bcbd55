import AsyncHTTPClient
import ClewHummingbird
import ClewModel
import ClewTesting
import CoreMetrics
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceContextModule
import Synchronization
import Testing

@testable import Clew

@Suite("Prometheus")
struct PrometheusTests {
    static let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"

    func configure(_ configuration: inout Telemetry.Configuration) {
        configuration.metricTemporality = .delta
        configuration.exemplarFilter = .alwaysOn
        configuration.views = [MetricView("request.duration", attributes: .leaveOut(["user"]))]
    }

    /// One metric of each kind.
    func record(_ test: MetricTest) {
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), flags: 1)
        ServiceContext.withValue(context) {
            test.meter.counter("orders.placed", unit: "{order}", description: "Orders\nwith a \\ and \"quotes\"")
                .add(3, [Attribute("path", "a\"b\\c\nd"), Attribute("otel.scope.name", "mine")])
            test.meter.histogram("request.duration", unit: "s", buckets: .explicit([0.1, 1]))
                .record(0.5, [Attribute("user", "u1"), Attribute("le", "x")])
        }
        test.meter.histogram("size", unit: "By", buckets: .exponential()).record(5)
        test.meter.upDownCounter("queue.depth").add(-2)
        test.meter.gauge("fill", unit: "1").set(0.5)
        test.meter.histogram("offset", buckets: .explicit([-1, 0])).record(-2)
    }

    func text(_ test: MetricTest, accept: String? = nil) async -> [String] {
        // Manual, so that times and the order of lines are known.
        let text = await test.telemetry.prometheusText(accept: accept)
        return String(decoding: text.body, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { !$0.contains("target") }
    }

    @Test("the text format has every kind under the names, units and labels that the specification gives")
    func textFormat() async throws {
        let test = try MetricTest(clock: ManualClock().clock, configure)
        record(test)
        let scope = "otel_scope_name=\"clew\",otel_scope_version=\"\(ClewVersion.current)\""
        let expected = """
            # TYPE fill_ratio gauge
            fill_ratio{SCOPE} 0.5
            # TYPE offset histogram
            offset_bucket{SCOPE,le="-1.0"} 1
            offset_bucket{SCOPE,le="0.0"} 1
            offset_bucket{SCOPE,le="+Inf"} 1
            offset_count{SCOPE} 1
            # HELP orders_placed_total Orders\\nwith a \\\\ and "quotes"
            # TYPE orders_placed_total counter
            orders_placed_total{SCOPE,exported_otel_scope_name="mine",path="a\\"b\\\\c\\nd"} 3
            # TYPE queue_depth gauge
            queue_depth{SCOPE} -2
            # TYPE request_duration_seconds histogram
            request_duration_seconds_bucket{SCOPE,exported_le="x",le="0.1"} 0
            request_duration_seconds_bucket{SCOPE,exported_le="x",le="1.0"} 1
            request_duration_seconds_bucket{SCOPE,exported_le="x",le="+Inf"} 1
            request_duration_seconds_sum{SCOPE,exported_le="x"} 0.5
            request_duration_seconds_count{SCOPE,exported_le="x"} 1
            # TYPE size_bytes histogram
            size_bytes_bucket{SCOPE,le="0.0"} 0
            size_bytes_bucket{SCOPE,le="4.756828460010884"} 0
            size_bytes_bucket{SCOPE,le="5.656854249492381"} 1
            size_bytes_bucket{SCOPE,le="+Inf"} 1
            size_bytes_sum{SCOPE} 5.0
            size_bytes_count{SCOPE} 1
            """
        #expect(await text(test) == expected.replacing("SCOPE", with: scope).split(separator: "\n").map(String.init))
    }

    @Test("OpenMetrics has units, exemplars with what views left out, and an end; also where OTLP has taken the delta")
    func openMetrics() async throws {
        let test = try MetricTest(clock: ManualClock().clock, configure)
        record(test)
        let lines = await text(test, accept: Self.accept)
        let trace = "trace_id=\"00000000000000010000000000000002\",span_id=\"0000000000000003\""
        #expect(lines.contains("# TYPE orders_placed counter"))
        #expect(lines.contains("# UNIT request_duration_seconds seconds"))
        #expect(
            lines.contains { $0.hasSuffix("3 # {\(trace)} 3 1735689600.000") && $0.hasPrefix("orders_placed_total") })
        #expect(lines.contains { $0.hasSuffix("le=\"1.0\"} 1 # {\(trace),user=\"u1\"} 0.5 1735689600.000") })
        #expect(!lines.contains { $0.hasPrefix("offset_count") })
        #expect(lines.last == "# EOF")

        _ = await test.telemetry.metrics.collect(for: .preferred)
        #expect(await text(test).contains { $0.hasPrefix("orders_placed_total") && $0.hasSuffix(" 3") })
    }

    @Test("the resource is the labels of target_info")
    func target() async throws {
        let test = try MetricTest()
        let text = String(decoding: await test.telemetry.prometheusText().body, as: UTF8.self)
        #expect(text.contains("# TYPE target_info gauge\ntarget_info{"))
        #expect(text.contains("service_name=\"orders\""))
        let open = String(decoding: await test.telemetry.prometheusText(accept: Self.accept).body, as: UTF8.self)
        #expect(open.contains("# TYPE target info\ntarget_info{"))
    }

    @Test(
        "names are cleaned, and end with their unit once",
        arguments: [
            ("http.server.duration", "s", "http_server_duration_seconds"), ("a..b--c", "", "a_b_c"),
            ("9lives", "", "_9lives"),
            ("bytes.sent", "By", "bytes_sent"), ("rate", "By/s", "rate_bytes_per_second"),
            ("x", "{packet}/s", "x_per_second"),
            ("load", "1", "load_ratio"), ("größe", "", "gr_e"), ("", "", "_"), ("a:b", "", "a:b"), ("t", "{x}", "t"),
            ("temp", "Cel", "temp_celsius"), ("odd", "foo", "odd_foo"), ("x.seconds", "s", "x_seconds"),
        ])
    func names(name: String, unit: String, expected: String) {
        #expect(PrometheusNames.metric(name, unit: unit, isCounter: false, isGauge: true).name == expected)
    }

    @Test("a counter's ending is written once")
    func counterNames() {
        #expect(PrometheusNames.metric("hits_total", unit: "", isCounter: true, isGauge: false).name == "hits")
        #expect(PrometheusNames.metric("cpu.total", unit: "s", isCounter: true, isGauge: false).name == "cpu_seconds")
    }

    @Test("metrics whose names become equal are one family, left out where a reader would refuse them")
    func clashes() async throws {
        let test = try MetricTest()
        test.meter.gauge("a-b").set(3)
        test.meter.counter("a.b").add(1)
        test.meter.histogram("h").record(1)
        test.meter.gauge("h.count").set(4)
        test.meter.counter("hits").add(1)
        test.telemetry.meter("other").counter("hits").add(2)
        let lines = await text(test)
        #expect(
            lines.filter { $0.hasPrefix("# TYPE") } == [
                "# TYPE a_b gauge", "# TYPE h histogram", "# TYPE hits_total counter",
            ])
        #expect(lines.filter { $0.hasPrefix("hits_total") }.count == 2)
        #expect(lines.filter { $0.hasPrefix("h_count") }.count == 1)
    }

    @Test(
        "OpenMetrics is answered only to who prefers it",
        arguments: [
            (nil, false), ("", false), ("*/*", false), ("text/plain", false), (PrometheusTests.accept, true),
            ("application/openmetrics-text; version=1.0.0", true),
            ("application/openmetrics-text;q=0,text/plain", false),
            ("application/openmetrics-text;q=0.1,text/plain;q=0.9", false), (";;q=,=;,,", false),
        ])
    func negotiation(accept: String?, isOpen: Bool) async throws {
        let type = await (try MetricTest()).telemetry.prometheusText(accept: accept).contentType
        #expect(type.hasPrefix(isOpen ? "application/openmetrics-text" : "text/plain; version=0.0.4"))
    }

    @Test("the port serves the metrics while the telemetry runs, and nothing else; afterwards it is closed")
    func server() async throws {
        let test = try MetricTest { $0.prometheus = HostAndPort(host: "127.0.0.1", port: 0) }
        test.meter.counter("hits").add(1)
        let server = try #require(test.telemetry.prometheusServer)
        await server.start { _ in }
        let port = try #require(server.port)
        func status(_ method: HTTPMethod, _ path: String) async throws -> (UInt, String) {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
            request.method = method
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        let (code, body) = try await status(.GET, "/metrics?x=1")
        #expect(code == 200)
        #expect(body.contains("hits_total{"))
        #expect(try await status(.HEAD, "/metrics").1.isEmpty)
        #expect(try await status(.POST, "/metrics").0 == 405)
        #expect(try await status(.GET, "/").0 == 404)
        await test.telemetry.shutdown()
        #expect(server.port == nil)
        // Not through the client, which tries again until its timeout.
        await #expect(throws: (any Error).self) {
            try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
        }
    }

    @Test("a port that is taken is a warning")
    func portTaken() async throws {
        let taken = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(taken.localAddress?.port)
        let lines = Mutex<[String]>([])
        let server = PrometheusServer(HostAndPort(host: "127.0.0.1", port: port)) { _ in
            PrometheusText([], resource: Resource(), format: .text)
        }
        await server.start { line in lines.withLock { $0.append(line) } }
        #expect(lines.withLock(\.count) == 1)
        #expect(server.port == nil)
        try await taken.close()
    }

    @Test("a service with a router answers by itself")
    func route() async throws {
        let test = try MetricTest()
        test.meter.counter("hits").add(1)
        try await TestServer.run { router in
            router.addMetricsRoute(test.telemetry)
        } _: { port in
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics")
            request.headers.add(name: "accept", value: Self.accept)
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(response.headers.first(name: "content-type")?.hasPrefix("application/openmetrics-text") == true)
            #expect(String(buffer: try await response.body.collect(upTo: 1 << 20)).contains("hits_total{"))
        }
    }
}
