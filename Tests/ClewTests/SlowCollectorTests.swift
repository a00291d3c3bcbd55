import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import Clew

/// Every request is answered, but late: batches go out slower than they could, and the service notices nothing.
@Suite("A collector that answers late", .timeLimit(.minutes(2)))
struct SlowCollectorTests {
    private static let late = FakeCollector.Behaviour.delayed(.milliseconds(300), .accept)

    func telemetry(_ collector: FakeCollector, queue: Int, batch: Int) throws -> Telemetry {
        let configuration = BadDayExportTests.configuration(
            collector.endpoint,
            [
                "OTEL_BSP_MAX_QUEUE_SIZE": "\(queue)", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "\(batch)",
                "OTEL_BSP_SCHEDULE_DELAY": "100",
            ])
        return try Telemetry(configuration, output: CapturedLines().output)
    }

    /// Sends what is left, stops, and expects so many spans to be there, each once.
    func expectAll(
        _ count: Int, at collector: FakeCollector, from telemetry: Telemetry, _ running: Task<Void, any Error>
    ) async throws {
        #expect(await telemetry.flush(within: .seconds(60)) == .sent)
        running.cancel()
        try await running.value
        let names = collector.spans.map(\.name)
        #expect(names.count == count)
        #expect(Set(names) == Set((0..<count).map { "span \($0)" }))
        #expect(telemetry.statistics.exported[.traces] == UInt64(count))
        #expect(telemetry.statistics.totalDropped == 0)
    }

    @Test("makes nobody wait who ends a span, and gets every span once")
    func burst() async throws {
        try await FakeCollector.run(Self.late) { collector in
            let telemetry = try telemetry(collector, queue: 1000, batch: 100)
            let running = Task { try await telemetry.run() }
            await withDiscardingTaskGroup { group in
                for caller in 0..<4 {
                    group.addTask {
                        for index in 0..<250 { telemetry.tracer.startSpan("span \(caller * 250 + index)").end() }
                    }
                }
            }
            // One request at a time is under way: had anybody waited for answers, most of the ten would have come by now.
            #expect(collector.requests.count < 5)
            try await expectAll(1000, at: collector, from: telemetry, running)
        }
    }

    @Test("costs no more memory than the queue and the batches that are being made")
    func steadyLoad() async throws {
        let (queue, wave, total) = (100, 50, 500)
        try await FakeCollector.run(Self.late) { collector in
            let telemetry = try telemetry(collector, queue: queue, batch: wave)
            let running = Task { try await telemetry.run() }
            var references: [WeakReference] = []
            for start in stride(from: 0, to: total, by: wave) {
                // What has come has left the queue, so there is room for this wave and the one before.
                try await collector.waitForSpans(count: max(0, start - wave), within: .seconds(60))
                for index in start..<start + wave {
                    let span = telemetry.tracer.startSpan("span \(index)")
                    let marker = Marker()
                    references.append(WeakReference(marker))
                    span.attributes["marker"] = SpanAttribute.stringConvertible(marker)
                    span.end()
                }
                #expect(references.count { $0.object != nil } <= queue + 2 * wave)
            }
            try await expectAll(total, at: collector, from: telemetry, running)
            #expect(references.count { $0.object != nil } == 0)
        }
    }
}

/// A value of an attribute that lives as long as what holds the attribute.
private final class Marker: CustomStringConvertible, Sendable {
    var description: String { "marker" }
}
