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
        ).collect([])
        #expect(values(metrics, "otel.sdk.span.started") == ["": 3])
        #expect(values(metrics, "otel.sdk.span.live") == ["": 1])
    }
}
