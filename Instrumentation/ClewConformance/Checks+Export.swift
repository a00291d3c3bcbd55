import ClewFakeCollector
import ClewModel
import CoreMetrics
import Logging
import Tracing

private let otlp = "OTLP specification"
private let variables = "OpenTelemetry Environment Variable Specification"
private let sdk = "OpenTelemetry Trace SDK"

extension ConformanceCheck {
    static let export: [ConformanceCheck] = [
        .init(.export, "once", "a second flush sends nothing again", source: "\(sdk), “ForceFlush”") { run in
            let logger = try? run.logger()
            for index in 0..<3 {
                startSpan("span \(index)").end()
                logger?.info("message \(index)")
                try await run.flush()
                try await run.flush()
            }
            run.expectEqual(try await run.spans().map(\.name), ["span 0", "span 1", "span 2"], "exported spans")
            if logger != nil { run.expectEqual(run.received.logs.count, 3, "exported records") }
        },
        .init(.export, "flush-together", "flushes of many tasks send everything once", source: "\(sdk), “ForceFlush”") {
            run in
            await withTaskGroup { group in
                for index in 0..<8 {
                    group.addTask {
                        startSpan("span \(index)").end()
                        try? await run.flush()
                    }
                }
            }
            run.expectEqual(Set(try await run.spans().map(\.name)).count, 8, "different spans")
            run.expectEqual(run.received.spans.count, 8, "exported spans")
        },
        .init(.export, "flush-empty", "a flush of nothing returns", source: "\(sdk), “ForceFlush”") { run in
            try await run.flush()
            run.expectEqual(try await run.spans().count, 0, "exported spans")
        },
        .init(
            .export, "batches", "more spans than one request carries all arrive", source: "\(sdk), “Batching processor”"
        ) { run in
            for index in 0..<1500 { startSpan("span \(index)").end() }
            run.expectEqual(Set(try await run.spans().map(\.name)).count, 1500, "different spans")
            run.expectEqual(run.received.spans.count, 1500, "exported spans")
        },
        .init(.export, "shutdown", "a shutdown sends what is finished", source: "\(sdk), “Shutdown”") { run in
            _ = try run.tracer
            let logger = try? run.logger()
            let factory = try? run.metrics
            startSpan("span").end()
            logger?.info("message")
            if let factory { Counter(label: "metric", factory: factory).increment() }
            try await run.shutdown()
            run.expectEqual(run.received.spans.map(\.name), ["span"], "exported spans")
            if logger != nil { run.expectEqual(run.received.logs.count, 1, "exported records") }
            if factory != nil { run.expectEqual(run.received.metric("metric")?.value(), 1, "exported count") }
        },
        .init(
            .export, "after-shutdown", "what comes after the shutdown is dropped, and harms nothing",
            source: "\(sdk), “Shutdown”"
        ) { run in
            _ = try run.tracer
            let logger = try? run.logger()
            let factory = try? run.metrics
            let open = startSpan("open")
            startSpan("before").end()
            try await run.shutdown()
            open.end()
            withSpan("after") { _ in logger?.info("message") }
            if let factory { Counter(label: "metric", factory: factory).increment() }
            try await run.flush()
            run.expectEqual(run.received.spans.map(\.name), ["before"], "exported spans")
        },
        .init(
            .export, "shutdown-twice", "a second shutdown returns, also at the same time", source: "\(sdk), “Shutdown”"
        ) { run in
            startSpan("span").end()
            await withTaskGroup { group in
                for _ in 0..<3 { group.addTask { try? await run.shutdown() } }
                group.addTask { try? await run.flush() }
            }
            try await run.shutdown()
            run.expectEqual(try await run.spans().count, 1, "exported spans")
        },
        .init(
            .export, "protobuf", "requests are what the receiver expects of OTLP over HTTP",
            source: "\(otlp), “OTLP/HTTP Request”",
            environment: ["OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20secret,other=1"]
        ) { run in
            try run.requireTransport()
            startSpan("span").end()
            _ = try await run.span()
            let headers = run.collector.requests.first { $0.signal == .traces }?.headers ?? [:]
            run.expectEqual(headers["content-type"], "application/x-protobuf", "Content-Type")
            run.expectEqual(headers["api-key"], "a secret", "a header of OTEL_EXPORTER_OTLP_HEADERS")
            run.expectEqual(headers["other"], "1", "a header of OTEL_EXPORTER_OTLP_HEADERS")
            run.expect(headers["user-agent"] != nil, "there is no User-Agent")
        },
        .init(
            .export, "gzip", "requests are compressed where that is asked for", source: "OTLP Exporter Configuration",
            environment: ["OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"]
        ) { run in
            try run.requireTransport()
            startSpan("span").end()
            _ = try await run.span()
            let encodings = run.collector.requests.map { $0.headers["content-encoding"] }
            run.expect(encodings.allSatisfy { $0 == "gzip" }, "Content-Encoding is \(encodings)")
        },
        .init(
            .export, "retried", "what a busy collector did not take is sent again, once it does",
            source: "\(otlp), “Retryable Response Codes”",
            environment: ["OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"],
            collector: [.answer(status: 503), .accept]
        ) { run in
            try run.requireTransport()
            startSpan("span").end()
            _ = try run.tracer
            try await run.flush()
            let taken = try await run.collector.wait(for: "a second attempt", within: .seconds(15)) { collector in
                let taken = collector.requests.filter(\.isAccepted).flatMap(\.spans)
                return taken.isEmpty ? nil : taken
            }
            run.expectEqual(taken.map(\.name), ["span"], "spans that were taken")
        },
        .init(
            .export, "refused", "what the collector refused for good is not sent again", source: "\(otlp), “Failures”",
            environment: ["OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"],
            collector: [.answer(status: 400), .accept]
        ) { run in
            try run.requireTransport()
            startSpan("refused").end()
            try await run.flush()
            startSpan("span").end()
            _ = try await run.span()
            let taken = run.collector.requests.filter(\.isAccepted).flatMap(\.spans).map(\.name)
            run.expectEqual(taken, ["span"], "spans that were taken")
        },
        .init(
            .export, "partial", "what the collector took in part is not sent again",
            source: "\(otlp), “Partial Success”",
            collector: [.partialSuccess(rejected: 1, message: "too old"), .accept]
        ) { run in
            try run.requireTransport()
            startSpan("span").end()
            try await run.flush()
            _ = try await run.span()
        },
        .init(
            .export, "nonsense", "answers that are no OTLP harm nothing", source: "OpenTelemetry, “Error handling”",
            environment: ["OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"],
            collector: [.garbage, .wrongContentType, .redirect(to: "http://127.0.0.1:1/"), .accept]
        ) { run in
            try run.requireTransport()
            for index in 0..<4 {
                startSpan("span \(index)").end()
                try await run.flush()
            }
            run.expect(
                run.collector.spans.contains { $0.name == "span 3" }, "nothing is sent after answers that are nonsense")
        },
        .init(
            .export, "collector-away", "without a collector nobody waits and nothing ends",
            source: "OpenTelemetry, “Performance and Blocking”",
            environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"].merging(impatient) { $1 }
        ) { run in
            try run.requireTransport()
            let logger = try? run.logger()
            for _ in 0..<10_000 { withSpan("span") { _ in logger?.info("message") } }
            try? await run.shutdown()
        },
        .init(
            .export, "collector-hangs",
            "a collector that never answers holds neither the caller nor the shutdown up for long",
            source: "\(sdk), “Shutdown”",
            environment: impatient, collector: [.hang]
        ) { run in
            try run.requireTransport()
            for _ in 0..<10_000 { startSpan("span").end() }
            try? await run.shutdown()
        },
        .init(.export, "untraced", "exporting makes no spans of its own", source: "OpenTelemetry, “Suppression”") {
            run in
            startSpan("span").end()
            try await run.flush()
            try await run.flush()
            run.expectEqual(try await run.spans().map(\.name), ["span"], "exported spans")
        },
        .init(
            .export, "disabled", "a disabled SDK exports no spans, and passes context on",
            source: "\(variables), “General SDK Configuration”",
            environment: ["OTEL_SDK_DISABLED": "true"]
        ) { run in
            let trace = "0af7651916cd43dd8448eb211c80319c"
            let context = try run.extract(["traceparent": "00-\(trace)-b7ad6b7169203331-01"])
            let span = startSpan("span", context: context)
            run.expectEqual(try run.traceParent(span.context).traceID.hex, trace, "trace id")
            span.end()
            run.expectEqual(try await run.spans().count, 0, "exported spans")
        },
        .init(
            .export, "signal-off", "a signal without an exporter is not exported",
            source: "\(variables), “Exporter Selection”",
            environment: ["OTEL_LOGS_EXPORTER": "none"]
        ) { run in
            let logger = try run.logger()
            withSpan("span") { _ in logger.info("message") }
            _ = try await run.span()
            run.expectEqual(run.received.logs.count, 0, "exported records")
        },
        .init(
            .export, "bad-settings", "settings that cannot be read are replaced by their defaults",
            source: "\(variables), “Parsing empty value, Numeric, Enum”",
            environment: [
                "OTEL_TRACES_SAMPLER": "sometimes", "OTEL_TRACES_SAMPLER_ARG": "many", "OTEL_BSP_MAX_QUEUE_SIZE": "-1",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1e99", "OTEL_BSP_SCHEDULE_DELAY": "soon",
                "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "99999999999999999999",
                "OTEL_PROPAGATORS": "carrier-pigeon,tracecontext",
                "OTEL_EXPORTER_OTLP_TIMEOUT": "", "OTEL_EXPORTER_OTLP_HEADERS": "===,,,",
                "OTEL_RESOURCE_ATTRIBUTES": "a,b=%",
                "OTEL_METRIC_EXPORT_INTERVAL": "0x10", "OTEL_SDK_DISABLED": "maybe",
            ]
        ) { run in
            startSpan("span").end()
            _ = try await run.span()
        },
        .init(
            .export, "default-settings", "the specification's own default values can be set",
            source: "\(variables), tables of defaults",
            environment: [
                "OTEL_TRACES_SAMPLER": "parentbased_always_on", "OTEL_PROPAGATORS": "tracecontext,baggage",
                "OTEL_BSP_SCHEDULE_DELAY": "5000", "OTEL_BSP_EXPORT_TIMEOUT": "30000",
                "OTEL_BSP_MAX_QUEUE_SIZE": "2048",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512", "OTEL_BLRP_SCHEDULE_DELAY": "1000",
                "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "128", "OTEL_METRIC_EXPORT_INTERVAL": "60000",
                "OTEL_METRIC_EXPORT_TIMEOUT": "30000", "OTEL_EXPORTER_OTLP_TIMEOUT": "10000", "OTEL_LOG_LEVEL": "info",
                "OTEL_METRICS_EXEMPLAR_FILTER": "trace_based", "OTEL_TRACES_EXPORTER": "otlp",
                "OTEL_LOGS_EXPORTER": "otlp",
                "OTEL_METRICS_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "false",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "cumulative",
            ]
        ) { run in
            startSpan("span").end()
            _ = try await run.span()
        },
    ]

    /// Timeouts of some hundred milliseconds, so that giving up takes no longer.
    private static let impatient = [
        "OTEL_EXPORTER_OTLP_TIMEOUT": "200", "OTEL_BSP_EXPORT_TIMEOUT": "300", "OTEL_BLRP_EXPORT_TIMEOUT": "300",
        "OTEL_METRIC_EXPORT_TIMEOUT": "300",
    ]
}
