import Clew
import ClewHummingbird
import ClewModel
import ClewTesting
import CoreMetrics
import Hummingbird
import Logging
import Testing
import Tracing

@Suite("On a bad day", .timeLimit(.minutes(2)))
struct BadDayTests {
    @Test("a request whose task is cancelled midway keeps its span")
    func cancelledRequest() async throws {
        let test = try TestTelemetry()
        let telemetry = test.telemetry
        let began = Arrivals()
        try await TestServer.run { router in
            router.add(middleware: ClewMiddleware(telemetry: telemetry))
            router.get("orders/{id}") { _, _ -> String in
                try await telemetry.tracer.withSpan("load") { _ in
                    began.arrived()
                    try await Task.sleep(for: .seconds(3600))
                    return ""
                }
            }
        } _: { port in
            let client = Task { try await RawClient.get("/orders/7", port: port) }
            await began.reached(1)
            // The server is stopped now, which cancels what it is doing.
            client.cancel()
        }
        await telemetry.flush()
        #expect(test.exporter.trace(named: "load")?.outline == "GET /orders/{id}\n  load", "\(test.exporter.summary)")
    }

    @Test("a wall clock that steps back an hour stops no export and makes no time negative")
    func wallClockStepsBack() async throws {
        let clock = ManualClock()
        let test = try TestTelemetry(clock: clock.clock)
        let telemetry = test.telemetry
        let running = Task { try await telemetry.run() }
        let logger = Logger(label: "orders", factory: telemetry.logHandlerFactory)
        let hits = Counter(label: "hits", factory: telemetry.metricsFactory)
        let timer = Timer(label: "duration", factory: telemetry.metricsFactory)
        let open = telemetry.tracer.startSpan("open")
        hits.increment()
        timer.recordMilliseconds(5)
        clock.advance(by: .seconds(1))
        clock.stepWall(by: .seconds(-3600))
        telemetry.tracer.startSpan("after").end()
        open.end()
        logger.info("after")
        hits.increment()
        // Nothing here depends on the wall clock: the intervals pass as they would have.
        let exporter = test.exporter
        while exporter.spans.count < 2 || exporter.logs.isEmpty || exporter.metric("hits") == nil {
            try Task.checkCancellation()
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        #expect(exporter.metric("hits")?.value() == 2)
        #expect(test.exporter.spans(named: "open").map(\.duration) == [1_000_000_000])
        #expect(test.exporter.spans.allSatisfy { $0.start <= $0.end })
        #expect(test.exporter.metrics.flatMap(\.data.contexts).allSatisfy { $0.start <= $0.time })
        running.cancel()
        try await running.value
        #expect(telemetry.statistics.totalDropped == 0)
    }

    @Test("names and loggers without number cost what the queue holds, and the rest is counted")
    func unboundedNames() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.logQueue.capacity = 2048
        let test = try TestTelemetry(configuration)
        let telemetry = test.telemetry
        for index in 0..<20_000 {
            telemetry.tracer.startSpan("GET /orders/\(index)").end()
            Logger(label: "orders.\(index)", factory: telemetry.logHandlerFactory).info("hello")
        }
        await telemetry.shutdown()
        let statistics = telemetry.statistics
        for (signal, kept) in [(Signal.traces, test.exporter.spans.count), (.logs, test.exporter.logs.count)] {
            #expect(kept > 1000 && kept < 5000)
            #expect(statistics.exported[signal] == UInt64(kept))
            #expect(statistics.dropped(signal, .queueFull) == UInt64(20_000 - kept))
        }
    }

    @Test("a value larger than the queue is dropped and counted, and what comes after it arrives")
    func hugeValues() async throws {
        let test = try TestTelemetry()
        let huge = String(repeating: "x", count: 20 << 20)
        let span = test.telemetry.tracer.startSpan("huge")
        span.attributes["body"] = huge
        span.end()
        Logger(label: "orders", factory: test.telemetry.logHandlerFactory).info("huge", metadata: ["body": "\(huge)"])
        test.telemetry.tracer.startSpan("small").end()
        Logger(label: "orders", factory: test.telemetry.logHandlerFactory).info("small")
        await test.telemetry.flush()
        #expect(test.exporter.spans.map(\.name) == ["small"])
        #expect(test.exporter.logs(containing: "small").count == 1)
        #expect(test.telemetry.statistics.dropped(.traces, .tooLarge) == 1)
        // Dropped, or exported with its value cut.
        #expect(test.telemetry.statistics.dropped(.logs, .tooLarge) + UInt64(test.exporter.logs.count) == 2)
    }

    @Test("spans that are never ended are let go with their last user, and are not exported")
    func openSpans() async throws {
        let test = try TestTelemetry()
        let root = test.telemetry.tracer.startSpan("root")
        var references: [WeakReference] = []
        var open = (0..<100_000).map { _ in
            let span = test.telemetry.tracer.startSpan("open", context: root.context)
            let marker = Marker()
            references.append(WeakReference(marker))
            span.attributes["marker"] = SpanAttribute.stringConvertible(marker)
            return span
        }
        #expect(references.count { $0.object != nil } == open.count)
        open = []
        #expect(references.count { $0.object != nil } == 0)
        root.end()
        await test.telemetry.flush()
        #expect(test.exporter.spans.map(\.name) == ["root"])
        #expect(test.telemetry.statistics.totalDropped == 0)
    }
}

extension MetricData {
    fileprivate var contexts: [PointContext] {
        switch self {
        case .sum(let points, _, _), .gauge(let points): points.map(\.context)
        case .histogram(let points, _): points.map(\.context)
        default: []
        }
    }
}

/// A value of an attribute that lives as long as what holds the attribute.
private final class Marker: CustomStringConvertible, Sendable {
    var description: String { "marker" }
}

/// Does not keep its object.
struct WeakReference {
    weak var object: AnyObject?

    init(_ object: some AnyObject) {
        self.object = object
    }
}
