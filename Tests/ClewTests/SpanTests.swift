import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import Clew

@Suite("A span")
struct SpanTests {
    struct Broken: Error, CustomStringConvertible { var description: String { "out of stock" } }

    /// The one span that `body` makes.
    func exported(
        _ configuration: Telemetry.Configuration = .init(service: "orders"), clock: TelemetryClock = .system,
        _ body: (ClewTracer) async throws -> Void
    ) async throws -> ClewModel.Span {
        let test = try TestTelemetry(configuration, clock: clock)
        try await body(test.telemetry.tracer)
        await test.telemetry.shutdown()
        return try #require(test.exporter.spans.first)
    }

    @Test("attributes, events and links beyond the limits are dropped and counted")
    func limits() async throws {
        let span = try await exported { tracer in
            let other = tracer.startSpan("other")
            let span = tracer.startSpan("work")
            for index in 0..<200 {
                span.attributes["key\(index)"] = index
                span.addEvent(SpanEvent(name: "event\(index)"))
                span.addLink(other, attributes: ["index": .int(Int64(index))])
            }
            span.end()
        }
        #expect(span.attributes.count == 128 + 1)
        #expect(span.attributes["key127"] == 127)
        #expect(span.attributes["key128"] == nil)
        #expect(span.attributes["correlation.id"] != nil)
        #expect([span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount] == [72, 72, 72])
        #expect(span.events.count == 128 && span.links.count == 128)
    }

    @Test("a known attribute can be changed at the limit")
    func overwriting() async throws {
        let span = try await exported { tracer in
            let span = tracer.startSpan("work")
            for index in 0..<128 { span.attributes["key\(index)"] = index }
            span.attributes["key5"] = "new"
            span.end()
        }
        #expect(span.attributes["key5"] == "new")
        #expect(span.droppedAttributesCount == 0)
    }

    @Test("long values are cut where a length limit is set")
    func valueLength() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.spanLimits.valueLength = 3
        let span = try await exported(configuration) { tracer in
            let span = tracer.startSpan("work")
            span.attributes["text"] = "abcdef"
            span.attributes["list"] = ["abcdef", "x"]
            span.attributes["number"] = 123_456
            span.end()
        }
        #expect(span.attributes["text"] == "abc")
        #expect(span.attributes["list"] == .array(["abc", "x"]))
        #expect(span.attributes["number"] == 123_456)
    }

    @Test("what is written after the end is ignored, and a second end exports nothing")
    func lateWrites() async throws {
        let test = try TestTelemetry()
        let span = test.telemetry.tracer.startSpan("work")
        span.end()
        span.operationName = "late"
        span.attributes["late"] = true
        span.addEvent("late")
        span.setStatus(SpanStatus(code: .error))
        span.recordError(Broken())
        span.end()
        await test.telemetry.flush()
        let exported = try #require(test.exporter.spans.first)
        #expect(test.exporter.spans.count == 1)
        #expect(exported.name == "work")
        #expect(exported.attributes.map(\.key) == ["correlation.id"])
        #expect(exported.events.isEmpty)
        #expect(exported.status.code == .unset)
        #expect(!span.isRecording)
    }

    @Test("an error becomes an exception event and the status")
    func errors() async throws {
        let span = try await exported { tracer in
            try? tracer.withSpan("work") { _ in throw Broken() }
        }
        #expect(span.status == ClewModel.SpanStatus(.error, message: "out of stock"))
        #expect(span.events.map(\.name) == ["exception"])
        #expect(span.events[0].attributes["exception.type"] == "ClewTests.SpanTests.Broken")
        #expect(span.events[0].attributes["exception.message"] == "out of stock")
    }

    @Test("a cancellation is not an error")
    func cancellation() async throws {
        let span = try await exported { tracer in
            try? tracer.withSpan("work") { _ in throw CancellationError() }
        }
        #expect(span.status.code == .unset)
        #expect(span.events.isEmpty)
    }

    @Test("an ok status is final, and an error's message survives a bare error")
    func status() async throws {
        let okay = try await exported { tracer in
            let span = tracer.startSpan("work")
            span.setStatus(SpanStatus(code: .error, message: "first"))
            span.setStatus(SpanStatus(code: .ok))
            span.setStatus(SpanStatus(code: .error))
            span.end()
        }
        #expect(okay.status == ClewModel.SpanStatus(.ok))
        let failed = try await exported { tracer in
            let span = tracer.startSpan("work")
            span.setStatus(SpanStatus(code: .error, message: "first"))
            span.setStatus(SpanStatus(code: .error))
            span.end()
        }
        #expect(failed.status == ClewModel.SpanStatus(.error, message: "first"))
    }

    @Test("a step of the wall clock does not change a duration, nor a child's place in its parent")
    func wallClockStep() async throws {
        let clock = ManualClock(wall: 1_000_000_000_000)
        let test = try TestTelemetry(clock: clock.clock)
        let tracer = test.telemetry.tracer
        let parent = tracer.startSpan("parent")
        clock.advance(by: .milliseconds(10))
        clock.stepWall(by: .seconds(-100))
        let child = tracer.startSpan("child", context: parent.context)
        clock.advance(by: .milliseconds(5))
        child.end()
        parent.end()
        await test.telemetry.shutdown()
        let spans = test.exporter.spans
        #expect(spans.map(\.duration) == [5_000_000, 15_000_000])
        #expect(spans.map(\.start) == [1_000_010_000_000, 1_000_000_000_000])
    }

    @Test("an instant that the caller gives is kept")
    func explicitInstants() async throws {
        let span = try await exported { tracer in
            let span = tracer.startSpan("work", at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1000))
            span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 3000))
        }
        #expect(span.start == 1000)
        #expect(span.end == 3000)
    }

    @Test("an unsampled span is not exported, but passes on its trace and baggage")
    func unsampled() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.sampler = .alwaysOff
        let test = try TestTelemetry(configuration)
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), traceState: "a=1")
        context.baggage["user"] = "7"
        let span = test.telemetry.tracer.startSpan("work", context: context)
        span.end()
        await test.telemetry.flush()
        #expect(test.exporter.spans.isEmpty)
        let inner = try #require(span.context.spanContext)
        #expect(inner.traceID == TraceID(high: 1, low: 2))
        #expect(inner.spanID != SpanID(3))
        #expect(!inner.isSampled)
        #expect(inner.traceState == "a=1")
        #expect(span.context.baggage["user"] == "7")
    }

    @Test("a disabled tracer passes its parent on unchanged")
    func disabled() async throws {
        let test = try TestTelemetry(.init(service: "orders", environment: ["OTEL_SDK_DISABLED": "true"]))
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        let span = test.telemetry.tracer.startSpan("work", context: context)
        span.end()
        await test.telemetry.flush()
        #expect(span.context.spanContext?.spanID == SpanID(3))
        #expect(test.exporter.spans.isEmpty)
    }

    private enum ForeignKey: ServiceContextKey {
        typealias Value = String
    }

    @Test("spans below one that is not recorded keep the context as they got it")
    func unsampledContext() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.sampler = .parentBased(root: .alwaysOff)
        let test = try TestTelemetry(configuration)
        let root = test.telemetry.tracer.startSpan("root", context: .topLevel)
        var context = root.context
        context[ForeignKey.self] = "kept"
        context.baggage["user"] = "7"
        let child = test.telemetry.tracer.startSpan("child", context: context)
        #expect(child.context.spanContext == root.context.spanContext)
        #expect(child.context.spanContext?.isSampled == false)
        #expect(child.context[ForeignKey.self] == "kept")
        #expect(child.context.baggage["user"] == "7")
        #expect(!child.isRecording)
        child.end()
        root.end()
        await test.telemetry.shutdown()
        #expect(test.exporter.spans.isEmpty)
    }

    @Test("attributes that several tasks set at once are all there")
    func concurrentAttributes() async throws {
        let span = try await exported { tracer in
            let span = tracer.startSpan("work")
            await withDiscardingTaskGroup { group in
                for task in 0..<4 {
                    group.addTask {
                        for index in 0..<15 { span.attributes["key\(task).\(index)"] = index }
                    }
                    group.addTask {
                        for index in 0..<15 { span.updateAttributes { $0["other\(task)"] = index } }
                    }
                    group.addTask {
                        // The facade's own: it reads all attributes and writes all back.
                        let span: any Tracing.Span = span
                        for index in 0..<4 { span.updateAttributes { $0["facade\(task).\(index)"] = index } }
                    }
                }
            }
            span.end()
        }
        for task in 0..<4 {
            for index in 0..<15 { #expect(span.attributes["key\(task).\(index)"] == .int(Int64(index))) }
            for index in 0..<4 { #expect(span.attributes["facade\(task).\(index)"] == .int(Int64(index))) }
            #expect(span.attributes["other\(task)"] != nil)
        }
        #expect(span.droppedAttributesCount == 0)
    }

    @Test("the text of an error and of an attribute may come from code that uses the span")
    func textsThatUseTheSpan() async throws {
        struct Talkative: Error, CustomStringConvertible {
            var span: ClewSpan
            var description: String {
                span.attributes["described"] = span.isRecording
                return "told"
            }
        }
        let span = try await exported { tracer in
            let span = tracer.startSpan("work")
            span.recordError(Talkative(span: span))
            span.setAttribute("value", SpanAttribute.stringConvertible(Talkative(span: span)))
            span.addEvent(SpanEvent(name: "event", attributes: ["value": .stringConvertible(Talkative(span: span))]))
            span.end()
        }
        #expect(span.attributes["value"] == .string("told"))
        #expect(span.attributes["described"] == .bool(true))
        #expect(span.events.count == 2)
    }

    @Test("a span context whose ids are not valid is no parent")
    func invalidParent() async throws {
        let span = try await exported { tracer in
            var context = ServiceContext.topLevel
            context.spanContext = SpanContext(traceID: TraceID(high: 0, low: 0), spanID: SpanID(7))
            tracer.startSpan("work", context: context).end()
        }
        #expect(span.traceID.isValid)
        #expect(span.parentSpanID == nil)
    }

    @Test("attributes that are assigned as a whole are added; one that is set to nil is removed")
    func assignedAttributes() async throws {
        let span = try await exported { tracer in
            let span = tracer.startSpan("work")
            span.attributes["first"] = 1
            span.attributes["second"] = 2
            span.attributes = ["first": 3, "third": 4]
            span.updateAttributes { $0["second"] = nil }
            span.end()
        }
        #expect(span.attributes["first"] == .int(3))
        #expect(span.attributes["second"] == nil)
        #expect(span.attributes["third"] == .int(4))
    }

    @Test("an end while attributes are being written waits for them, and late ones are ignored")
    func endDuringWrite() async throws {
        let span = try await exported { tracer in
            let span = tracer.startSpan("work")
            span.attributes["before"] = 1
            func change(_ attributes: inout SpanAttributes) {
                attributes["during"] = 2
                span.end()
                #expect(!span.isRecording)
            }
            change(&span.attributes)
            span.attributes["after"] = 3
        }
        #expect(span.attributes["before"] == 1)
        #expect(span.attributes["during"] == 2)
        #expect(span.attributes["after"] == nil)
    }

    @Test("a span that is dropped without an end is not exported, and counts no longer as live")
    func droppedSpan() async throws {
        let activity = ExportActivity()
        let environment = SpanEnvironment(
            sampler: .alwaysOn, limits: SpanLimits(), resource: Resource(), scope: InstrumentationScope(),
            clock: .system, activity: activity, finish: { _ in Issue.record("nothing ended") })
        let tracer = ClewTracer(environment: environment, propagator: Propagator(), isEnabled: true)
        do {
            let span = tracer.startSpan("work", context: .topLevel)
            #expect(span.isRecording)
            #expect(activity.live(.recordAndSample) == 1)
        }
        #expect(activity.live(.recordAndSample) == 0)
        #expect(activity.started(.recordAndSample, .none) == 1)
    }

    @Test("a request that brings no correlation id has that of its trace")
    func correlation() async throws {
        let span = try await exported { tracer in
            let root = tracer.startSpan("root", context: .topLevel)
            let child = tracer.startSpan("child", context: root.context)
            #expect(child.context.correlationID == root.context.spanContext?.traceID.hex)
            child.end()
        }
        #expect(span.attributes["correlation.id"] == .string(span.traceID.hex))
    }

    @Test("a database span has the conventions' name, attributes and metric")
    func database() async throws {
        let test = try TestTelemetry()
        await withTracer(test.telemetry.tracer) {
            let rows = await withDatabaseSpan(
                "SELECT", collection: "stock", system: "sqlite", namespace: "inventory", query: "SELECT * FROM stock"
            ) { _ in
                await Task.yield()
                return 3
            }
            #expect(rows == 3)
            #expect(throws: Broken.self) {
                try withDatabaseSpan("PRAGMA", collection: nil, system: "sqlite", namespace: "inventory") { _ in
                    throw Broken()
                }
            }
        }
        await test.telemetry.flush()
        let spans = test.exporter.spans
        #expect(spans.map(\.name) == ["SELECT stock", "PRAGMA inventory"])
        #expect(spans.map(\.kind) == [.client, .client])
        #expect(spans[0].attributes["db.system.name"] == "sqlite")
        #expect(spans[0].attributes["db.namespace"] == "inventory")
        #expect(spans[0].attributes["db.operation.name"] == "SELECT")
        #expect(spans[0].attributes["db.collection.name"] == "stock")
        #expect(spans[0].attributes["db.query.text"] == "SELECT * FROM stock")
        #expect(spans[1].attributes["error.type"] == "ClewTests.SpanTests.Broken")
        #expect(spans.map(\.status.code) == [.unset, .error])
    }
}
