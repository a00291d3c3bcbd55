import ClewModel
import Tracing

private let w3c = "W3C Trace Context"
private let trace = "0af7651916cd43dd8448eb211c80319c"
private let parent = "b7ad6b7169203331"
private let valid = "00-\(trace)-\(parent)-01"

extension ConformanceCheck {
    static let propagation: [ConformanceCheck] = [
        .init(.propagation, "inject", "the traceparent that is sent names the span", source: "\(w3c) §3.2") { run in
            let span = startSpan("span")
            let sent = try run.traceParent(span.context)
            span.end()
            let exported = try await run.span()
            run.expectEqual(sent.traceID, exported.traceID, "trace id")
            run.expectEqual(sent.spanID, exported.spanID, "span id")
            run.expectEqual(sent.flags & 1, 1, "the sampled flag")
        },
        .init(
            .propagation, "inject-nothing", "without a span nothing is sent",
            source: "OpenTelemetry Propagators API, “Inject”"
        ) { run in
            run.expectEqual(try run.inject(.topLevel)["traceparent"], nil, "traceparent")
        },
        .init(.propagation, "extract", "a span of a request is the child of the sender's span", source: "\(w3c) §3.2") {
            run in
            let context = try run.extract(["traceparent": valid])
            startSpan("span", context: context).end()
            let span = try await run.span()
            run.expectEqual(span.traceID.hex, trace, "trace id")
            run.expectEqual(span.parentSpanID?.hex, parent, "parent")
            run.expect(span.spanID.hex != parent, "the span has its parent's id")
        },
        .init(
            .propagation, "unsampled-parent", "the sender's decision not to sample is followed",
            source: "OpenTelemetry Trace SDK, “ParentBased”"
        ) { run in
            let context = try run.extract(["traceparent": "00-\(trace)-\(parent)-00"])
            let span = startSpan("span", context: context)
            let sent = try run.traceParent(span.context)
            span.end()
            run.expectEqual(sent.traceID.hex, trace, "trace id")
            run.expectEqual(sent.flags & 1, 0, "the sampled flag")
            run.expectEqual(try await run.spans().count, 0, "exported spans")
        },
        .init(.propagation, "tracestate", "the tracestate goes on as it came, and is exported", source: "\(w3c) §3.3") {
            run in
            let context = try run.extract([
                "traceparent": valid, "tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
            ])
            let span = startSpan("span", context: context)
            let sent = try run.inject(span.context)["tracestate"]
            span.end()
            run.expectEqual(sent, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "tracestate")
            run.expectEqual(try await run.span().traceState, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "tracestate")
        },
        .init(
            .propagation, "bad-tracestate", "a tracestate that is not valid does not spoil the traceparent",
            source: "\(w3c) §4.3"
        ) { run in
            let context = try run.extract(["traceparent": valid, "tracestate": "=,===,\u{7}"])
            startSpan("span", context: context).end()
            run.expectEqual(try await run.span().traceID.hex, trace, "trace id")
        },
        .init(.propagation, "malformed", "a traceparent that is not valid is ignored", source: "\(w3c) §3.2.2") { run in
            for header in malformed {
                let context = try run.extract(["traceparent": header])
                let span = startSpan("span", context: context)
                run.expect(
                    try run.traceParent(span.context).traceID.hex != trace, "'\(header)' was taken for a traceparent")
                span.end()
            }
            run.expect(try await run.spans().allSatisfy { $0.parentSpanID == nil }, "a span has a parent")
        },
        .init(
            .propagation, "malformed-keeps", "a malformed or missing traceparent leaves the context as it was",
            source: "OpenTelemetry Propagators API, “Extract”"
        ) { run in
            let before = startSpan("before")
            for headers in [["traceparent": "00-xyz"], [:], ["tracestate": "a=1"]] {
                let context = try run.extract(headers, into: before.context)
                run.expectEqual(
                    try run.traceParent(context).spanID, try run.traceParent(before.context).spanID,
                    "the span after \(headers)")
            }
            before.end()
        },
        .init(
            .propagation, "future-version", "a later version with more fields is read as far as it is known",
            source: "\(w3c) §4.3"
        ) { run in
            let context = try run.extract(["traceparent": "cc-\(trace)-\(parent)-01-what-the-future-brings"])
            startSpan("span", context: context).end()
            run.expectEqual(try await run.span().traceID.hex, trace, "trace id")
        },
        .init(.propagation, "unknown-flags", "of the flags only the known ones are sent on", source: "\(w3c) §3.2.2.5")
        { run in
            let context = try run.extract(["traceparent": "00-\(trace)-\(parent)-f1"])
            let span = startSpan("span", context: context)
            let flags = try run.traceParent(span.context).flags
            run.expectEqual(flags & 0b1111_1100, 0, "flags that are not defined")
            run.expectEqual(flags & 1, 1, "the sampled flag")
            span.end()
        },
        .init(.propagation, "baggage", "baggage goes on through a span", source: "W3C Baggage §3") { run in
            let context = try run.extract(["traceparent": valid, "baggage": "user=7, name=Am%C3%A9lie;property"])
            let span = startSpan("span", context: context)
            let sent = try run.inject(span.context)["baggage"] ?? ""
            span.end()
            let members = sent.split(separator: ",").map { $0.filter { $0 != " " } }
            run.expect(members.contains("user=7"), "'user=7' is not in the baggage '\(sent)'")
            run.expect(members.contains { $0.hasPrefix("name=Am%C3%A9lie") }, "the encoded value is not in '\(sent)'")
        },
        .init(
            .propagation, "baggage-unsampled", "baggage goes on through a span that is not sampled",
            source: "W3C Baggage §3",
            environment: ["OTEL_TRACES_SAMPLER": "always_off"]
        ) { run in
            let context = try run.extract(["baggage": "user=7"])
            let span = startSpan("span", context: context)
            let sent = try run.inject(span.context)["baggage"] ?? ""
            run.expect(sent.contains("user=7"), "'user=7' is not in the baggage '\(sent)'")
            span.end()
        },
        .init(
            .propagation, "bad-baggage", "broken baggage does not end the process or spoil the traceparent",
            source: "W3C Baggage §3.3"
        ) { run in
            for text in [",,;=;%", "a=%ZZ", String(repeating: "k=v,", count: 10_000), "\u{7}=\u{7}"] {
                let context = try run.extract(["traceparent": valid, "baggage": text])
                let span = startSpan("span", context: context)
                run.expectEqual(try run.traceParent(span.context).traceID.hex, trace, "trace id")
                run.expect(
                    try (run.inject(span.context)["baggage"] ?? "").utf8.count <= 8192, "more than 8192 bytes are sent")
                span.end()
            }
        },
    ]

    private static let malformed = [
        "", "-", "00", "00-\(trace)", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-01-more",
        "ff-\(trace)-\(parent)-01",
        "00-\(trace)-\(parent)-1", "00-\(trace)-\(parent)-0x", "00-\(trace.dropLast())-\(parent)-01",
        "00-\(trace)0-\(parent)-01", "00-\(trace.uppercased())-\(parent)-01", "00-\(trace)-\(parent.dropLast())-01",
        "00-\(trace)-0000000000000000-01", "00-00000000000000000000000000000000-\(parent)-01",
        "00-\(trace)-\(parent)-01, \(valid)", "0-\(trace)-\(parent)-01",
        "00_\(trace)_\(parent)_01", String(repeating: "0", count: 100_000),
    ]
}
