import ClewFakeCollector
import ClewModel
import Tracing

private let sdk = "OpenTelemetry Trace SDK"
private let traceAPI = "OpenTelemetry Trace API"
private let limits = "OpenTelemetry Trace SDK, “Span Limits”"

extension ConformanceCheck {
    static let spanContents: [ConformanceCheck] = [
        .init(.tracing, "kinds", "all kinds arrive as they were given", source: "\(traceAPI), “SpanKind”") {
            for kind in [Tracing.SpanKind.server, .client, .producer, .consumer, .internal] {
                startSpan("span", ofKind: kind).end()
            }
            $0.expectEqual(
                try await $0.spans().map(\.kind), [.server, .client, .producer, .consumer, .internal], "kinds")
        },
        .init(.tracing, "renamed", "the last name before the end counts", source: "\(traceAPI), “UpdateName”") {
            let span = startSpan("first")
            span.operationName = "GET /orders/{id}"
            span.end()
            $0.expectEqual(try await $0.spans().map(\.name), ["GET /orders/{id}"], "names")
        },
        .init(
            .tracing, "instants", "instants that are given are kept to the nanosecond",
            source: "\(traceAPI), “Span Creation”"
        ) {
            let span = startSpan("span", at: instant(1_700_000_000_000_000_001))
            span.addEvent(
                Tracing.SpanEvent(
                    name: "event", at: instant(1_700_000_000_000_000_002)))
            span.end(at: instant(1_700_000_000_000_000_003))
            let exported = try await $0.span()
            $0.expectEqual(exported.start, 1_700_000_000_000_000_001, "start")
            $0.expectEqual(exported.events.first?.time ?? 0, 1_700_000_000_000_000_002, "the event's time")
            $0.expectEqual(exported.end, 1_700_000_000_000_000_003, "end")
        },
        .init(
            .tracing, "backwards", "an end before the start does not end the process",
            source: "opentelemetry-proto, Span.end_time_unix_nano"
        ) {
            let span = startSpan("span", at: instant(2000))
            span.end(at: instant(1000))
            let exported = try await $0.span()
            $0.expect(exported.end >= exported.start, "the end \(exported.end) lies before the start \(exported.start)")
        },
        .init(
            .tracing, "attribute-types", "attributes of every type arrive as what they are",
            source: "OpenTelemetry Common, “Attribute”"
        ) {
            let span = startSpan("span")
            span.attributes["string"] = "text é 日本"
            span.attributes["int"] = Int.max
            span.attributes["int32"] = SpanAttribute.int32(.min)
            span.attributes["double"] = 0.1
            span.attributes["bool"] = true
            span.attributes["strings"] = ["a", "b"]
            // An array of `Int` is made text by the facade itself.
            span.attributes["ints"] = SpanAttribute.int64Array([1, 2])
            span.attributes["doubles"] = [0.5, 1.5]
            span.attributes["bools"] = [true, false]
            span.attributes["convertible"] = SpanAttribute.stringConvertible(Duration.seconds(1))
            span.end()
            let attributes = try await $0.span().attributes
            let expected: [(String, AttributeValue)] = [
                ("string", "text é 日本"), ("int", .int(.max)), ("int32", .int(Int64(Int32.min))), ("double", 0.1),
                ("bool", true), ("strings", .array(["a", "b"])), ("ints", .array([1, 2])),
                ("doubles", .array([0.5, 1.5])), ("bools", .array([true, false])),
                ("convertible", .string(Duration.seconds(1).description)),
            ]
            for (key, value) in expected { $0.expectEqual(attributes[key], value, key) }
        },
        .init(
            .tracing, "attribute-overwritten",
            "an attribute that is set again has the new value, one set to nil is gone",
            source: "\(traceAPI), “Set Attributes”"
        ) {
            let span = startSpan("span")
            span.attributes["key"] = "old"
            span.attributes["key"] = 7
            span.attributes["gone"] = true
            span.attributes["gone"] = nil
            span.end()
            let attributes = try await $0.span().attributes
            $0.expectEqual(attributes.filter { $0.key == "key" }.map(\.value), [7], "values")
            $0.expect(attributes["gone"] == nil, "the removed attribute was exported")
        },
        .init(
            .tracing, "attribute-limit", "attributes beyond the limit are dropped and counted", source: limits,
            environment: ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "4"]
        ) {
            let span = startSpan("span")
            for index in 0..<10 { span.attributes["key\(index)"] = index }
            span.attributes["key0"] = "changed"
            span.end()
            let exported = try await $0.span()
            $0.expectEqual(exported.attributes.count { $0.key.hasPrefix("key") }, 4, "attributes")
            $0.expectEqual(exported.droppedAttributesCount, 6, "dropped attributes")
            $0.expectEqual(exported.attributes["key0"], "changed", "an attribute that is changed at the limit")
        },
        .init(
            .tracing, "event-limit", "events beyond the limit are dropped and counted", source: limits,
            environment: ["OTEL_SPAN_EVENT_COUNT_LIMIT": "2"]
        ) {
            let span = startSpan("span")
            for index in 0..<5 { span.addEvent(Tracing.SpanEvent(name: "event \(index)")) }
            span.end()
            let exported = try await $0.span()
            $0.expectEqual(exported.events.count, 2, "events")
            $0.expectEqual(exported.droppedEventsCount, 3, "dropped events")
        },
        .init(
            .tracing, "link-limit", "links beyond the limit are dropped and counted", source: limits,
            environment: ["OTEL_SPAN_LINK_COUNT_LIMIT": "2"]
        ) {
            let span = startSpan("span")
            for _ in 0..<5 { span.addLink(Tracing.SpanLink(context: startSpan("other").context, attributes: [:])) }
            span.end()
            let exported = try await $0.span()
            $0.expectEqual(exported.links.count, 2, "links")
            $0.expectEqual(exported.droppedLinksCount, 3, "dropped links")
        },
        .init(
            .tracing, "value-limit", "strings beyond the length limit are cut, other values are not",
            source: "OpenTelemetry Common, “Attribute Limits”",
            environment: ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "3", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "3"]
        ) {
            let span = startSpan("span")
            span.attributes["text"] = "abcdef"
            span.attributes["list"] = ["abcdef", "x"]
            span.attributes["number"] = 123_456
            span.end()
            let attributes = try await $0.span().attributes
            $0.expectEqual(attributes["text"], "abc", "the string")
            $0.expectEqual(attributes["list"], .array(["abc", "x"]), "the strings of a list")
            $0.expectEqual(attributes["number"], 123_456, "the number")
        },
        .init(.tracing, "events", "events keep their order, names and attributes", source: "\(traceAPI), “Add Events”")
        {
            let span = startSpan("span")
            span.addEvent(Tracing.SpanEvent(name: "first", attributes: ["key": "value"]))
            span.addEvent(Tracing.SpanEvent(name: "second"))
            span.end()
            let exported = try await $0.span()
            $0.expectEqual(exported.events.map(\.name), ["first", "second"], "events")
            $0.expectEqual(exported.events.first?.attributes["key"], "value", "the event's attribute")
        },
        .init(.tracing, "links", "links name the other span and keep their attributes", source: "\(traceAPI), “Link”") {
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let remote = try $0.extract(["traceparent": "00-\(trace)-b7ad6b7169203331-01"])
            let local = startSpan("other")
            let span = startSpan("span")
            span.addLink(Tracing.SpanLink(context: remote, attributes: ["key": "value"]))
            span.addLink(Tracing.SpanLink(context: local.context, attributes: [:]))
            span.end()
            local.end()
            let (exported, other) = (try await $0.span(), try await $0.span("other"))
            try $0.require(exported.links.count == 2, "\(exported.links.count) links instead of 2")
            $0.expectEqual(exported.links[0].traceID.hex, trace, "the linked trace")
            $0.expectEqual(exported.links[0].spanID.hex, "b7ad6b7169203331", "the linked span")
            $0.expectEqual(exported.links[0].attributes["key"], "value", "the link's attribute")
            $0.expectEqual(exported.links[1].spanID, other.spanID, "the linked local span")
        },
        .init(
            .tracing, "recorded-error", "a recorded error is an event with type and message, and no status",
            source: "OpenTelemetry semantic conventions, “Exceptions on spans”"
        ) {
            let span = startSpan("span")
            span.recordError(ConformanceError(), attributes: ["retry": 2])
            span.end()
            let exported = try await $0.span()
            try $0.require(
                exported.events.map(\.name) == ["exception"], "the events are \(exported.events.map(\.name))")
            let attributes = exported.events[0].attributes
            $0.expect(
                attributes["exception.type"]?.stringValue?.contains("ConformanceError") ?? false,
                "exception.type is \(String(describing: attributes["exception.type"]))")
            $0.expectEqual(attributes["exception.message"], "out of stock", "exception.message")
            $0.expectEqual(attributes["retry"], 2, "an attribute that was given")
            $0.expectEqual(exported.status.code, .unset, "status")
        },
        .init(.tracing, "status-ok-final", "after ok the status stays", source: "\(traceAPI), “Set Status”") {
            let span = startSpan("span")
            span.setStatus(Tracing.SpanStatus(code: .error, message: "first"))
            span.setStatus(Tracing.SpanStatus(code: .ok))
            span.setStatus(Tracing.SpanStatus(code: .error, message: "late"))
            span.end()
            $0.expectEqual(try await $0.span().status, ClewModel.SpanStatus(.ok), "status")
        },
        .init(.tracing, "status-description", "only an error has a description", source: "\(traceAPI), “Set Status”") {
            let failed = startSpan("failed")
            failed.setStatus(Tracing.SpanStatus(code: .error, message: "no stock"))
            failed.end()
            let fine = startSpan("fine")
            fine.setStatus(Tracing.SpanStatus(code: .ok, message: "ignored"))
            fine.end()
            $0.expectEqual(
                try await $0.span("failed").status, ClewModel.SpanStatus(.error, message: "no stock"), "status")
            $0.expectEqual(try await $0.span("fine").status, ClewModel.SpanStatus(.ok), "status")
        },
        .init(
            .tracing, "concurrent-writes", "writes from many tasks are all kept",
            source: "\(traceAPI), “Concurrency requirements”"
        ) { run in
            let span = startSpan("span")
            await withTaskGroup { group in
                for task in 0..<8 {
                    group.addTask {
                        for index in 0..<10 {
                            span.addEvent(Tracing.SpanEvent(name: "event"))
                            span.attributes["key \(task)"] = index
                            startSpan("child", context: span.context).end()
                        }
                    }
                }
            }
            span.end()
            let exported = try await run.span()
            run.expectEqual(exported.events.count, 80, "events")
            run.expectEqual(run.received.spans(named: "child").count, 80, "children")
        },
        .init(
            .tracing, "odd-texts", "empty, long and odd texts do not end the process",
            source: "OpenTelemetry, “Error handling”"
        ) {
            let span = startSpan("")
            span.attributes[""] = ""
            span.attributes["long"] = String(repeating: "x", count: 1 << 20)
            span.attributes["odd"] = "\u{0}\u{202E}\n\"\\"
            span.end()
            startSpan("span").end()
            let exported = try await $0.spans().first { $0.name.isEmpty }
            $0.expectEqual(exported?.attributes["odd"], "\u{0}\u{202E}\n\"\\", "a text with control characters")
            _ = try await $0.span()
        },
    ]
}
