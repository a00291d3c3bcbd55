import ClewFakeCollector
import ClewModel
import Tracing

private let api = "swift-distributed-tracing"
private let sdk = "OpenTelemetry Trace SDK"
private let traceAPI = "OpenTelemetry Trace API"

/// A key that the backend does not know.
private enum ForeignKey: ServiceContextKey {
    typealias Value = String
}

struct ConformanceError: Error, CustomStringConvertible {
    var description: String { "out of stock" }
}

// MARK: - Context

extension ConformanceCheck {
    static let tracing: [ConformanceCheck] = [
        .init(
            .tracing, "exported", "a span that ended is exported once, with its name",
            source: "\(sdk), “Span processor”"
        ) {
            startSpan("span").end()
            let span = try await $0.span()
            $0.expectEqual(span.kind, .internal, "kind")
            $0.expectEqual(span.status.code, .unset, "status")
            $0.expect(span.parentSpanID == nil, "a root has the parent \(String(describing: span.parentSpanID))")
        },
        .init(.tracing, "ids", "ids are valid and no span id occurs twice", source: "\(traceAPI), “SpanContext”") {
            for _ in 0..<1000 { startSpan("span").end() }
            let spans = try await $0.spans()
            $0.expectEqual(spans.count, 1000, "spans")
            $0.expectEqual(Set(spans.map(\.spanID)).count, spans.count, "different span ids")
            $0.expectEqual(Set(spans.map(\.traceID)).count, spans.count, "different trace ids of roots")
            $0.expect(spans.allSatisfy { $0.traceID.isValid && $0.spanID.isValid }, "an id is zero")
        },
        .init(.tracing, "times", "a span starts and ends when it did", source: "\(traceAPI), “Timestamp”") {
            let before = DefaultTracerClock.now.nanosecondsSinceEpoch
            startSpan("span").end()
            let after = DefaultTracerClock.now.nanosecondsSinceEpoch
            let span = try await $0.span()
            $0.expect(span.start <= span.end, "the end \(span.end) lies before the start \(span.start)")
            // A backend may read another clock, and round.
            let second = UInt64.nanosecondsPerSecond
            $0.expect(
                span.start >= before - second && span.end <= after + second,
                "\(span.start)...\(span.end) is not in \(before)...\(after)")
        },
        .init(.tracing, "parent", "a span within a span is its child", source: "\(api), “Tracer.withSpan”") { run in
            await withSpan("parent") { _ in
                await Task.yield()
                withSpan("child") { _ in startSpan("grandchild").end() }
            }
            try await run.expectChain(["parent", "child", "grandchild"])
        },
        .init(
            .tracing, "explicit-parent", "a context that is passed wins over the current one",
            source: "\(api), “Tracer.startSpan”"
        ) {
            let parent = startSpan("parent")
            withSpan("other") { _ in
                startSpan("child", context: parent.context).end()
                startSpan("root", context: .topLevel).end()
            }
            parent.end()
            try await $0.expectChain(["parent", "child"])
            let root = try await $0.span("root")
            $0.expect(root.parentSpanID == nil, "a span of the top-level context has a parent")
        },
        .init(.tracing, "task", "an unstructured task inherits the span", source: "\(api), “ServiceContext.current”") {
            run in
            await withSpan("parent") { _ in await Task { withSpan("child") { _ in } }.value }
            try await run.expectChain(["parent", "child"])
        },
        .init(.tracing, "detached", "a detached task begins a new trace", source: "\(api), “ServiceContext.current”") {
            run in
            let tracer = try run.tracer
            await withSpan("parent") { _ in
                await Task.detached { withTracer(tracer) { startSpan("detached").end() } }.value
            }
            let (parent, detached) = (try await run.span("parent"), try await run.span("detached"))
            run.expect(detached.parentSpanID == nil, "the detached span has a parent")
            run.expect(detached.traceID != parent.traceID, "the detached span is of the same trace")
        },
        .init(.tracing, "siblings", "tasks of a group make siblings", source: "\(api), “ServiceContext.current”") {
            run in
            await withSpan("parent") { _ in
                await withTaskGroup { group in
                    for _ in 0..<20 { group.addTask { await withSpan("child") { _ in await Task.yield() } } }
                }
            }
            let parent = try await run.span("parent")
            let children = run.received.spans(named: "child")
            run.expectEqual(children.count, 20, "children")
            run.expect(
                children.allSatisfy { $0.parentSpanID == parent.spanID && $0.traceID == parent.traceID },
                "a child has another parent")
        },
        .init(
            .tracing, "depth", "a thousand spans within each other keep their order",
            source: "\(api), “Tracer.withSpan”"
        ) { run in
            var spans: [any Tracing.Span] = []
            for index in 0..<1000 {
                spans.append(startSpan("span \(index)", context: spans.last?.context ?? .topLevel))
            }
            spans.reversed().forEach { $0.end() }
            _ = try await run.spans()
            run.expectEqual(run.received.traces.first?.entries.last?.depth ?? 0, 999, "depth of the innermost span")
        },
        .init(
            .tracing, "foreign-context", "keys of others stay in the context of a span", source: "\(api), “Instrument”"
        ) {
            $0.expectForeignKeyKept()
        },
        .init(
            .tracing, "foreign-context-unsampled", "keys of others stay in the context of a span that is not sampled",
            source: "\(api), “Instrument”", environment: ["OTEL_TRACES_SAMPLER": "always_off"]
        ) {
            $0.expectForeignKeyKept()
        },
        .init(
            .tracing, "unsampled",
            "a span that is not sampled is not exported, does not record, and has a valid context",
            source: "\(sdk), “Sampling”", environment: ["OTEL_TRACES_SAMPLER": "always_off"]
        ) { run in
            let span = startSpan("span")
            run.expect(!span.isRecording, "the span says that it records")
            run.expectEqual(try run.traceParent(span.context).flags & 1, 0, "the sampled flag")
            span.end()
            run.expectEqual(try await run.spans().count, 0, "exported spans")
        },
        .init(
            .tracing, "unsampled-trace-id", "a span that is not sampled passes its parent's trace id on",
            source: "\(sdk), “SDK span creation”", environment: ["OTEL_TRACES_SAMPLER": "always_off"]
        ) { run in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let context = try run.extract(["traceparent": "00-\(trace)-b7ad6b7169203331-01", "tracestate": "a=1"])
            let span = startSpan("span", context: context)
            run.expectEqual(try run.traceParent(span.context).traceID.hex, trace, "trace id")
            run.expectEqual(try run.inject(span.context)["tracestate"], "a=1", "tracestate")
            span.end()
        },
        .init(.tracing, "recording", "a span records until it has ended", source: "\(traceAPI), “IsRecording”") { run in
            let span = startSpan("span")
            run.expect(span.isRecording, "a sampled span does not record")
            span.end()
            run.expect(!span.isRecording, "the span records after its end")
        },
        .init(
            .tracing, "ended-twice", "a span that is ended twice is exported once, with its first end",
            source: "\(traceAPI), “End”"
        ) {
            let span = startSpan("span", at: instant(1_000_000_000))
            span.end(at: instant(2_000_000_000))
            span.end(at: instant(9_000_000_000))
            $0.expectEqual(try await $0.span().end, 2_000_000_000, "end")
        },
        .init(
            .tracing, "ended-together", "a span that many tasks end is exported once",
            source: "\(traceAPI), “Concurrency requirements”"
        ) {
            let spans = (0..<50).map { _ in startSpan("span") }
            await withTaskGroup { group in
                for _ in 0..<8 { group.addTask { spans.forEach { $0.end() } } }
            }
            $0.expectEqual(try await $0.spans().count, 50, "exported spans")
        },
        .init(.tracing, "late-writes", "what is written after the end is ignored", source: "\(traceAPI), “End”") {
            let span = startSpan("span")
            span.end()
            span.operationName = "late"
            span.attributes["late"] = true
            span.addEvent(Tracing.SpanEvent(name: "late"))
            span.setStatus(Tracing.SpanStatus(code: .error))
            span.recordError(ConformanceError())
            let exported = try await $0.span()
            $0.expect(exported.attributes["late"] == nil, "a late attribute was exported")
            $0.expect(exported.events.isEmpty, "a late event was exported")
            $0.expectEqual(exported.status.code, .unset, "status")
        },
        .init(.tracing, "never-ended", "a span that is never ended is not exported", source: "\(sdk), “Span processor”")
        {
            do { _ = startSpan("forgotten") }
            startSpan("span").end()
            $0.expectEqual(try await $0.spans().map(\.name), ["span"], "exported spans")
        },
        .init(
            .tracing, "result", "withSpan returns what its operation returns, and ends the span",
            source: "\(api), “Tracer.withSpan”"
        ) { run in
            func synchronous() -> Int { withSpan("sync") { _ in 7 } }
            run.expectEqual(synchronous(), 7, "result")
            run.expectEqual(
                await withSpan("async") { _ in
                    await Task.yield()
                    return 8
                }, 8, "result")
            run.expectEqual(try await run.spans().map(\.name), ["sync", "async"], "exported spans")
        },
        .init(
            .tracing, "thrown", "an error that leaves withSpan is rethrown, and is on the span",
            source: "\(api), “Tracer.withSpan”"
        ) { run in
            do {
                try await withSpan("span") { _ in
                    await Task.yield()
                    throw ConformanceError()
                }
                run.fail("nothing was thrown")
            } catch {
                run.expect(error is ConformanceError, "another error was thrown: \(error)")
            }
            let span = try await run.span()
            run.expectEqual(span.status.code, .error, "status")
            run.expectEqual(span.events.map(\.name), ["exception"], "events")
        },
        .init(
            .tracing, "cancelled", "a span whose task is cancelled is exported, and the cancellation goes on",
            source: "\(api), “Tracer.withSpan”"
        ) { run in
            let task = Task {
                try await withSpan("span") { _ in try await Task.sleep(for: .seconds(3600)) }
            }
            task.cancel()
            do {
                try await task.value
                run.fail("nothing was thrown")
            } catch {
                run.expect(error is CancellationError, "another error was thrown: \(error)")
            }
            _ = try await run.span()
        },
        .init(
            .tracing, "resource", "spans name their service and the SDK",
            source: "OpenTelemetry Resource SDK, “SDK-provided resource attributes”",
            environment: ["OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,team=a%20b"]
        ) { run in
            startSpan("span").end()
            let resource = try await run.span().resource
            run.expectEqual(resource.serviceName, ConformanceRun.serviceName, "service.name")
            run.expectEqual(resource.attributes["deployment.environment.name"], "test", "deployment.environment.name")
            run.expectEqual(resource.attributes["team"], "a b", "the percent-encoded attribute")
            run.expectEqual(resource.attributes["telemetry.sdk.language"], "swift", "telemetry.sdk.language")
            for key in ["telemetry.sdk.name", "telemetry.sdk.version"] {
                run.expect(resource.attributes.firstString(of: key) != nil, "there is no \(key)")
            }
        },
        .init(
            .tracing, "flags", "the exported flags say that the span is sampled",
            source: "opentelemetry-proto, Span.flags"
        ) { run in
            startSpan("span").end()
            run.expectEqual(try await run.span().flags & 1, 1, "the sampled flag")
        },
    ]
}

extension ConformanceRun {
    /// Each span is the parent of the next, and all are of one trace.
    fileprivate func expectChain(_ names: [String]) async throws {
        for (parentName, childName) in zip(names, names.dropFirst()) {
            let (parent, child) = (try await span(parentName), try await span(childName))
            expectEqual(child.parentSpanID, parent.spanID, "parent of '\(childName)'")
            expectEqual(child.traceID, parent.traceID, "trace of '\(childName)'")
        }
    }

    fileprivate func expectForeignKeyKept() {
        var context = ServiceContext.topLevel
        context[ForeignKey.self] = "kept"
        let span = startSpan("outer", context: context)
        expectEqual(span.context[ForeignKey.self], "kept", "the key in the span's context")
        withSpan("inner", context: span.context) { _ in
            expectEqual(ServiceContext.current?[ForeignKey.self], "kept", "the key in the current context")
        }
        span.end()
    }
}

/// So many nanoseconds after 1970.
func instant(_ nanoseconds: UInt64) -> DefaultTracerClock.Timestamp { .init(nanosecondsSinceEpoch: nanoseconds) }
