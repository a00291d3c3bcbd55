import ClewModel
import ClewTesting
import ClewWire
import CoreMetrics
import Logging
import Testing
import Tracing

@testable import Clew

@Suite("The library's metrics about itself", .timeLimit(.minutes(2)))
struct ExportMetricsTests {
    /// The number points of a metric by their `error.type`, summed.
    func values(_ metrics: [Metric], _ name: String) -> [String: Int64] {
        var values: [String: Int64] = [:]
        for metric in metrics where metric.name == name {
            guard case .sum(let points, _, _) = metric.data else { continue }
            for point in points {
                guard case .int(let value) = point.value else { continue }
                values[point.context.attributes.firstString(of: SemanticConventions.errorType) ?? "", default: 0] +=
                    value
            }
        }
        return values
    }

    @Test("what was queued, processed, exported and dropped is told by the names of the specification")
    func names() async throws {
        try await FakeCollector.run { collector in
            var configuration = Telemetry.Configuration(
                service: "orders", environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint])
            configuration.spanQueue.capacity = 100
            configuration.spanQueue.batch = 100
            let telemetry = try Telemetry(configuration, output: CapturedLines().output)
            for index in 0..<130 { telemetry.tracer.startSpan("span \(index)").end() }
            Logger(label: "a", factory: telemetry.logHandlerFactory).info("hello")
            await telemetry.flush()
            await telemetry.flush()
            let last = try #require(collector.requests.last { $0.signal == .metrics })
            let metrics = try OTLP.decodeMetrics(last.body)
            #expect(values(metrics, "otel.sdk.processor.span.queue.size") == ["": 0])
            #expect(values(metrics, "otel.sdk.processor.span.queue.capacity") == ["": 100])
            #expect(values(metrics, "otel.sdk.processor.span.processed") == ["": 100, "queue_full": 30])
            #expect(values(metrics, "otel.sdk.exporter.span.exported") == ["": 100])
            #expect(values(metrics, "otel.sdk.exporter.span.inflight") == ["": 0])
            #expect(values(metrics, "otel.sdk.log.created") == ["": 1])
            #expect(values(metrics, "otel.sdk.processor.log.processed") == ["": 1])
            #expect(values(metrics, "otel.sdk.exporter.log.exported") == ["": 1])
            #expect((values(metrics, "otel.sdk.exporter.metric_data_point.exported")[""] ?? 0) > 5)
            let durations = try #require(metrics.first { $0.name == "otel.sdk.exporter.operation.duration" })
            guard case .histogram(let points, _) = durations.data else {
                Issue.record("not a histogram")
                return
            }
            #expect(points.allSatisfy { $0.context.attributes["http.response.status_code"] == .int(200) })
            #expect(points.allSatisfy { $0.context.attributes["server.address"] == .string("127.0.0.1") })
            #expect(metrics.contains { $0.name == "otel.sdk.metric_reader.collection.duration" })
            await telemetry.shutdown()
        }
    }

    @Test("they can be switched off, and an exporter of the program's own does not get them")
    func off() async throws {
        try await FakeCollector.run { collector in
            let telemetry = try Telemetry(
                .init(
                    service: "orders",
                    environment: [
                        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "CLEW_SDK_METRICS": "false",
                    ]),
                output: CapturedLines().output)
            telemetry.metricsFactory.makeCounter(label: "hits", dimensions: []).increment(by: 1)
            await telemetry.flush()
            #expect(collector.metrics.contains { $0.name == "hits" })
            #expect(!collector.metrics.contains { $0.name.hasPrefix("otel.sdk.") })
            await telemetry.shutdown()
        }
        let test = try TestTelemetry()
        await test.telemetry.flush()
        #expect(!test.exporter.metrics.contains { $0.name.hasPrefix("otel.sdk.") })
    }

    @Test("started and live spans are told apart by what the sampler said")
    func spans() throws {
        let statistics = ExportStatistics()
        let activity = statistics.activity
        activity.spanStarted(.drop, parent: .none)
        activity.spanStarted(.recordAndSample, parent: .remote)
        activity.spanStarted(.recordAndSample, parent: .local)
        activity.spanEnded(.recordAndSample)
        let metrics = ExportMetrics(
            statistics, .init(service: "orders"), signals: [.traces], resource: Resource(),
            scope: InstrumentationScope(), clock: ManualClock().clock
        ).collect([], for: .preferred)
        #expect(values(metrics, "otel.sdk.span.started") == ["": 3])
        #expect(values(metrics, "otel.sdk.span.live") == ["": 1])
    }

    @Test(
        "where deltas are preferred they say what was added since the last time, and a scraper gets everything",
        arguments: [TemporalityPreference.delta, .lowMemory])
    func deltas(preference: TemporalityPreference) throws {
        let clock = ManualClock()
        let statistics = ExportStatistics()
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.metricTemporality = preference
        let own = ExportMetrics(
            statistics, configuration, signals: [.traces], resource: Resource(), scope: InstrumentationScope(),
            clock: clock.clock)
        let start = clock.clock.wall()
        func collect(_ reader: MetricRegistry.Reader = .preferred) -> [String: Metric] {
            clock.advance(by: .seconds(10))
            return Dictionary(own.collect([], for: reader).map { ($0.name, $0) }) { $1 }
        }
        let exported = "otel.sdk.exporter.span.exported"
        let duration = "otel.sdk.metric_reader.collection.duration"
        statistics.activity.spanStarted(.recordAndSample, parent: .none)
        statistics.activity.collected(nanoseconds: 1_000_000)
        statistics.exported(.traces, 3)
        let first = collect()
        #expect(first[exported]?.temporality == .delta)
        #expect(first[exported]?.values == [.int(3)])
        #expect(first[exported]?.numbers.first?.context.start == start)
        #expect(first[duration]?.histograms.first?.min == 0.001)

        // What goes up and down is told as it is, and nothing else.
        #expect(Set(collect().keys) == ["otel.sdk.span.live", "otel.sdk.exporter.span.inflight"])

        statistics.activity.collected(nanoseconds: 2_000_000)
        statistics.exported(.traces, 2)
        statistics.dropped(.traces, .refused)
        let third = collect()
        let second = start + 20 * UInt64.nanosecondsPerSecond
        #expect(values([Metric](third.values), exported) == ["": 2, "refused": 1])
        #expect(third[exported]?.numbers.allSatisfy { $0.context.start == second } == true)
        let durations = try #require(third[duration]?.histograms.first)
        #expect(third[duration]?.temporality == .delta)
        #expect(durations.context.start == second)
        #expect(durations.count == 1)
        #expect(durations.bucketCounts.reduce(0, +) == 1)
        #expect(abs((durations.sum ?? 0) - 0.002) < 1e-9)
        #expect(durations.min == nil)

        let scraped = collect(.cumulative)
        #expect(values([Metric](scraped.values), exported) == ["": 5, "refused": 1])
        #expect(scraped[exported]?.numbers.first?.context.start == start)
        #expect(scraped[duration]?.histograms.first?.count == 2)
    }

    @Test("a service that is only scraped shows what it lost, unless that is switched off", arguments: [true, false])
    func scraped(isOn: Bool) async throws {
        var configuration = Telemetry.Configuration(
            service: "orders", environment: ["OTEL_METRICS_EXPORTER": "prometheus", "CLEW_SDK_METRICS": "\(isOn)"])
        configuration.spanQueue.capacity = 2
        let telemetry = try Telemetry(configuration, output: CapturedLines().output)
        for _ in 0..<5 { telemetry.tracer.startSpan("span").end() }
        let text = String(decoding: await telemetry.prometheusText().body, as: UTF8.self)
        let lost = text.split(separator: "\n").filter {
            $0.hasPrefix("otel_sdk_processor_span_processed_total{") && $0.contains("error_type=\"queue_full\"")
        }
        #expect(lost.map { $0.hasSuffix(" 3") } == (isOn ? [true] : []))
        #expect(text.contains("otel_sdk_") == isOn)
    }
}
