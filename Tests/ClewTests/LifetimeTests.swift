import Clew
import ClewModel
import ClewTesting
import CoreMetrics
import Logging
import Testing
import Tracing

@Suite("The life of a telemetry", .timeLimit(.minutes(2)))
struct LifetimeTests {
    func telemetry(_ collector: FakeCollector) throws -> Telemetry {
        let environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_METRICS_EXPORTER": "none"]
        return try Telemetry(
            Telemetry.Configuration(service: "orders", environment: environment), output: CapturedLines().output)
    }

    @Test("dropped without a shutdown, it leaves no object, task or connection behind")
    func dropped() async throws {
        try await FakeCollector.run { collector in
            func use() async throws -> WeakReference {
                let telemetry = try telemetry(collector)
                telemetry.tracer.startSpan("span").end()
                await telemetry.flush()
                return WeakReference(telemetry)
            }
            let reference = try await use()
            #expect(collector.spans.count == 1)
            #expect(reference.object == nil)
            // The client belongs to the exporter, and the exporter to the tasks: its end is the end of all.
            #expect(await collector.closedConnections.reached(1, until: .now + .seconds(30)))
        }
    }

    @Test("dropped with spans and records that wait, it leaves nothing behind")
    func droppedWithQueue() throws {
        func use() throws -> [WeakReference] {
            let exporter = InMemoryExporter()
            let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter, output: CapturedLines().output)
            telemetry.tracer.startSpan("span").end()
            Logger(label: "label", factory: telemetry.logHandlerFactory).info("message")
            return [WeakReference(telemetry), WeakReference(exporter)]
        }
        #expect(try use().allSatisfy { $0.object == nil })
    }

    @Test("a thousand, one after the other, each export their span and go")
    func many() async throws {
        var references: [WeakReference] = []
        for index in 0..<1000 {
            let exporter = InMemoryExporter()
            let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter, output: CapturedLines().output)
            references.append(WeakReference(telemetry))
            telemetry.tracer.startSpan("span \(index)").end()
            await telemetry.shutdown()
            #expect(exporter.spans.map(\.name) == ["span \(index)"])
        }
        #expect(references.count { $0.object != nil } == 0)
    }

    @Test("a hundred, one after the other, close their connections")
    func connections() async throws {
        try await FakeCollector.run { collector in
            for _ in 0..<100 {
                let telemetry = try telemetry(collector)
                telemetry.tracer.startSpan("span").end()
                await telemetry.shutdown()
            }
            #expect(collector.spans.count == 100)
            #expect(await collector.closedConnections.reached(collector.connectionCount, until: .now + .seconds(30)))
        }
    }

    @Test("shutdowns and flushes at the same time all return, and every span goes out once")
    func together() async throws {
        for _ in 0..<50 {
            let test = try TestTelemetry()
            let telemetry = test.telemetry
            let running = Task { try await telemetry.run() }
            for _ in 0..<10 { telemetry.tracer.startSpan("span").end() }
            await withTaskGroup { group in
                for _ in 0..<3 {
                    group.addTask { await telemetry.shutdown() }
                    group.addTask { await telemetry.flush() }
                }
            }
            await telemetry.shutdown()
            await telemetry.flush()
            running.cancel()
            try await running.value
            #expect(test.exporter.spans.count == 10)
            #expect(telemetry.statistics.exported[.traces] == 10)
            #expect(test.exporter.isShutDown)
        }
    }

    @Test("never run, it keeps what its queue holds and counts the rest")
    func neverRun() throws {
        let test = try TestTelemetry()
        for _ in 0..<10_000 { test.telemetry.tracer.startSpan("span").end() }
        #expect(test.exporter.attempts == 0)
        #expect(test.telemetry.statistics.dropped(.traces, .queueFull) > 7000)
    }

    @Test("a second bootstrap is ignored with a warning, and the first stays")
    func bootstrapTwice() async {
        // In a process of its own: what is installed cannot be taken back.
        await #expect(processExitsWith: .success) {
            let first = try TestTelemetry(.init(service: "first"))
            let second = try TestTelemetry(.init(service: "second"))
            first.telemetry.bootstrap()
            second.telemetry.bootstrap()
            withSpan("span") { _ in
                Logger(label: "label").info("message")
                Counter(label: "hits").increment()
            }
            await first.telemetry.flush()
            await second.telemetry.flush()
            #expect(first.exporter.spans.map(\.name) == ["span"])
            #expect(first.exporter.logs.map(\.body) == ["message"])
            #expect(first.exporter.metric("hits")?.value() == 1)
            #expect(second.exporter.spans.isEmpty && second.exporter.logs.isEmpty)
            #expect(second.lines.count == 1 && second.lines[0].contains("a second time"))
        }
    }
}
