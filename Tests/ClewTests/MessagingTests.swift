import Clew
import ClewModel
import ClewTesting
import CoreMetrics
import Testing
import Tracing

@Suite("Messaging spans")
struct MessagingTests {
    struct Broken: Error {}

    /// What the body made, as the facades' backend of its task saw it.
    func recording(_ body: (ClewTracer) async throws -> Void) async throws -> (
        spans: [ClewModel.Span], metrics: [Metric]
    ) {
        let test = try TestTelemetry()
        try await withMetricsFactory(test.telemetry.metricsFactory) {
            try await withTracer(test.telemetry.tracer) { try await body(test.telemetry.tracer) }
        }
        await test.telemetry.flush()
        return (test.exporter.spans, test.exporter.metrics)
    }

    func send(_ headers: [String: String] = [:]) async -> [String: String] {
        await withProducerSpan(
            to: "orders", system: "kafka", messageID: "m-1", headers: headers, using: .dictionary
        ) { headers, _ in headers }
    }

    func points(_ metrics: [Metric], _ name: String) -> [Attributes] {
        metrics.filter { $0.name == name }.flatMap { metric -> [Attributes] in
            switch metric.data {
            case .sum(let points, _, _): points.map(\.context.attributes)
            case .histogram(let points, _): points.map(\.context.attributes)
            default: []
            }
        }
    }

    func total(_ metrics: [Metric], _ name: String) -> Int64 {
        metrics.filter { $0.name == name }.reduce(0) { total, metric in
            guard case .sum(let points, _, true) = metric.data else { return total }
            return points.reduce(total) { if case .int(let value) = $1.value { $0 + value } else { $0 } }
        }
    }

    @Test("a producer span has the conventions' name, kind and attributes, and goes with the message")
    func producer() async throws {
        var sent: [String: String] = [:]
        let (spans, metrics) = try await recording { _ in sent = await send(["key": "k"]) }
        let span = try #require(spans.first)
        #expect(span.name == "send orders")
        #expect(span.kind == .producer)
        #expect(span.attributes["messaging.system"] == "kafka")
        #expect(span.attributes["messaging.destination.name"] == "orders")
        #expect(span.attributes["messaging.operation.type"] == "send")
        #expect(span.attributes["messaging.operation.name"] == "send")
        #expect(span.attributes["messaging.message.id"] == "m-1")
        #expect(span.attributes["messaging.batch.message_count"] == nil)
        #expect(sent["key"] == "k")
        #expect(sent["traceparent"]?.contains("\(span.traceID)-\(span.spanID)") == true)
        #expect(total(metrics, "messaging.client.sent.messages") == 1)
        let duration = try #require(points(metrics, "messaging.client.operation.duration").first)
        #expect(duration["messaging.operation.type"] == "send")
        #expect(duration["messaging.message.id"] == nil)
    }

    @Test("a consumer span links to the producer's, and has its baggage and correlation id")
    func link() async throws {
        var correlation: (sent: String?, received: String?) = (nil, nil)
        var tenant: String?
        let (spans, metrics) = try await recording { tracer in
            var context = ServiceContext.topLevel
            context.baggage["tenant"] = "acme"
            let sent = await tracer.withSpan("request", context: context) { span in
                correlation.sent = span.context.correlationID
                return await send()
            }
            await tracer.withSpan("poll", context: .topLevel) { _ in
                await withConsumerSpan(
                    from: "orders", system: "kafka", messageID: "m-1", headers: sent, using: .dictionary
                ) {
                    correlation.received = $0.context.correlationID
                    tenant = $0.context.baggage["tenant"]
                }
            }
        }
        let producer = try #require(spans.first { $0.kind == .producer })
        let consumer = try #require(spans.first { $0.kind == .consumer })
        let poll = try #require(spans.first { $0.name == "poll" })
        #expect(consumer.name == "process orders")
        #expect(consumer.parentSpanID == poll.spanID)
        #expect(consumer.links.map(\.spanID) == [producer.spanID])
        #expect(consumer.links.map(\.traceID) == [producer.traceID])
        #expect(consumer.traceID == poll.traceID && consumer.traceID != producer.traceID)
        #expect(consumer.attributes["messaging.operation.type"] == "process")
        #expect(tenant == "acme")
        #expect(correlation.received != nil && correlation.received == correlation.sent)
        #expect(total(metrics, "messaging.client.consumed.messages") == 1)
        #expect(points(metrics, "messaging.process.duration").count == 1)
    }

    @Test("the producer's span can be the parent; the current span is then linked")
    func parent() async throws {
        let (spans, _) = try await recording { tracer in
            let sent = await send()
            await tracer.withSpan("poll", context: .topLevel) { _ in
                await withConsumerSpan(
                    from: "orders", system: "kafka", headers: sent, using: .dictionary, producer: .parent
                ) { _ in }
            }
            await withConsumerSpan(from: "orders", system: "kafka", headers: [:], using: .dictionary, producer: .parent)
            { _ in }
        }
        let producer = try #require(spans.first { $0.kind == .producer })
        let poll = try #require(spans.first { $0.name == "poll" })
        let consumers = spans.filter { $0.kind == .consumer }
        #expect(consumers.map(\.parentSpanID) == [producer.spanID, nil])
        #expect(consumers.map { $0.links.map(\.spanID) } == [[producer.spanID, poll.spanID], []])
    }

    @Test("a batch links to the span of each message")
    func batch() async throws {
        let (spans, metrics) = try await recording { tracer in
            let first = await send()
            let batch = await withProducerSpan(
                "publish", to: "orders", system: "kafka", batch: [[], [("key", "k")]], using: .pairs
            ) { batch, _ in batch }
            #expect(batch.map { $0.first { $0.0 == "traceparent" } != nil } == [true, true])
            let received = await withReceiveSpan(
                from: "orders", system: "kafka", using: .dictionary, headers: { $0 }
            ) { _ in
                [first, Dictionary(uniqueKeysWithValues: batch[1]), [:]]
            }
            await withConsumerSpan(
                from: "orders", system: "kafka", batch: received, using: .dictionary, wasReceived: true
            ) { _ in }
        }
        let producers = spans.filter { $0.kind == .producer }.map(\.spanID)
        let publish = try #require(spans.first { $0.name == "publish orders" })
        let receive = try #require(spans.first { $0.name == "receive orders" })
        let process = try #require(spans.first { $0.name == "process orders" })
        #expect(publish.attributes["messaging.batch.message_count"] == 2)
        #expect(publish.attributes["messaging.operation.name"] == "publish")
        #expect(receive.kind == .client)
        #expect(receive.attributes["messaging.batch.message_count"] == 3)
        #expect(receive.links.map(\.spanID) == producers)
        #expect(process.attributes["messaging.batch.message_count"] == 3)
        #expect(process.links.map(\.spanID) == producers)
        #expect(total(metrics, "messaging.client.sent.messages") == 3)
        // Those that were received are not counted again when they are processed.
        #expect(total(metrics, "messaging.client.consumed.messages") == 3)
    }

    @Test("an error is told, a cancellation is none")
    func errors() async throws {
        let (spans, metrics) = try await recording { _ in
            await #expect(throws: Broken.self) {
                try await withConsumerSpan(from: "q", system: "memory", headers: [:], using: .dictionary) { _ in
                    throw Broken()
                }
            }
            await #expect(throws: CancellationError.self) {
                try await withReceiveSpan(from: "q", system: "memory", using: .pairs, headers: { $0 }) {
                    _ -> [[(String, String)]] in
                    throw CancellationError()
                }
            }
        }
        #expect(spans.map(\.status.code) == [.error, .unset])
        #expect(spans.map { $0.attributes["error.type"] } == ["ClewTests.MessagingTests.Broken", nil])
        #expect(
            points(metrics, "messaging.process.duration").map { $0["error.type"] } == [
                "ClewTests.MessagingTests.Broken"
            ])
        #expect(points(metrics, "messaging.client.operation.duration").map { $0["error.type"] } == [nil])
        #expect(total(metrics, "messaging.client.consumed.messages") == 1)
    }
}
