import ClewFakeCollector
import ClewModel
import Logging
import Synchronization
import Tracing

private let facade = "swift-log"
private let model = "OpenTelemetry Logs Data Model"

extension ConformanceCheck {
    static let logs: [ConformanceCheck] = [
        .init(.logs, "exported", "a message is the body of one record", source: "\(model), “Field: Body”") {
            let before = DefaultTracerClock.now.nanosecondsSinceEpoch
            try $0.logger().info("message")
            let record = try await $0.log()
            let (second, time) = (UInt64.nanosecondsPerSecond, record.effectiveTime)
            $0.expect(
                time >= before - second && time <= before + 60 * second, "the time is \(time) instead of \(before)")
            $0.expectEqual(record.resource.serviceName, ConformanceRun.serviceName, "service.name")
            $0.expect(record.traceID == nil, "a record outside of all spans has a trace id")
        },
        .init(
            .logs, "severity", "levels become severity numbers of their range, in order",
            source: "\(model), “Field: SeverityNumber”"
        ) {
            let logger = try $0.logger()
            for level in Logger.Level.allCases { logger.log(level: level, "\(level.rawValue)") }
            var numbers: [UInt8] = []
            let ranges: [Severity] = [.trace, .debug, .info, .info, .warn, .error, .fatal]
            for (level, range) in zip(Logger.Level.allCases, ranges) {
                let number = try await $0.log(level.rawValue).severityNumber
                $0.expectEqual(Severity(number: number), range, "the range of \(level)")
                numbers.append(number)
            }
            $0.expect(zip(numbers, numbers.dropFirst()).allSatisfy(<), "the numbers do not ascend: \(numbers)")
        },
        .init(
            .logs, "level", "what is below the level is neither made nor exported",
            source: "\(facade), “LogHandler.logLevel”"
        ) { run in
            var logger = try run.logger()
            logger.logLevel = .error
            var made = 0
            func text() -> String {
                made += 1
                return "quiet"
            }
            logger.debug("\(text())", metadata: ["key": "\(text())"])
            logger.warning("\(text())")
            logger.error("message")
            run.expectEqual(made, 0, "texts that were made")
            _ = try await run.log()
            run.expectEqual(run.received.logs.count, 1, "records")
        },
        .init(.logs, "level-kept", "a handler keeps its level and metadata", source: "\(facade), “LogHandler”") { run in
            var handler = try run.handler("label")
            handler.logLevel = .critical
            run.expectEqual(handler.logLevel, .critical, "level")
            handler[metadataKey: "key"] = "value"
            run.expectEqual(handler[metadataKey: "key"], "value", "metadata")
            run.expectEqual(handler.metadata, ["key": "value"], "metadata")
            handler[metadataKey: "key"] = nil
            run.expectEqual(handler[metadataKey: "key"], nil, "metadata that was removed")
        },
        .init(
            .logs, "values", "a copy of a logger shares neither metadata nor level",
            source: "\(facade), “LogHandler: treat it as a value”"
        ) {
            let first = try $0.logger()
            var second = first
            second[metadataKey: "only"] = "second"
            second.logLevel = .critical
            $0.expectEqual(first.logLevel, .trace, "the first logger's level")
            first.info("first")
            second.critical("second")
            $0.expectEqual(try await $0.log("first").attributes["only"], nil, "the first logger's metadata")
            $0.expectEqual(try await $0.log("second").attributes["only"], "second", "the second logger's metadata")
        },
        .init(
            .logs, "precedence", "metadata of the statement wins over the provider's, and that over the logger's",
            source: "\(facade), “LogHandler: metadata precedence”"
        ) {
            let logger = try $0.logger { handler in
                handler.metadata = ["statement": "logger", "provider": "logger", "logger": "logger"]
                handler.metadataProvider = Logger.MetadataProvider {
                    ["statement": "provider", "provider": "provider"]
                }
            }
            logger.info("message", metadata: ["statement": "statement"])
            let attributes = try await $0.log().attributes
            for key in ["statement", "provider", "logger"] {
                $0.expectEqual(attributes.filter { $0.key == key }.map(\.value), [.string(key)], "attribute '\(key)'")
            }
        },
        .init(
            .logs, "provider", "the provider is asked at each statement that is logged",
            source: "\(facade), “Logger.MetadataProvider”"
        ) { run in
            let calls = Atomic(0)
            var logger = try run.logger { handler in
                handler.metadataProvider = Logger.MetadataProvider {
                    ["call": "\(calls.add(1, ordering: .relaxed).newValue)"]
                }
            }
            logger.logLevel = .info
            logger.debug("quiet")
            logger.info("first")
            logger.info("second")
            run.expectEqual(try await run.log("first").attributes["call"], "1", "what the provider gave at first")
            run.expectEqual(try await run.log("second").attributes["call"], "2", "what the provider gave then")
        },
        .init(
            .logs, "nested", "nested metadata is exported, whatever its depth",
            source: "\(facade), “Logger.MetadataValue”"
        ) { run in
            var deep = Logger.MetadataValue.string("bottom")
            for _ in 0..<2000 { deep = .array([deep]) }
            try run.logger().info(
                "message", metadata: ["list": ["a", "leaf"], "map": ["key": ["leaf"]], "deep": deep])
            let attributes = try await run.log().attributes
            for key in ["list", "map"] {
                run.expect(attributes[key]?.description.contains("leaf") ?? false, "the value in '\(key)' is lost")
            }
        },
        .init(
            .logs, "convertible", "metadata that is not text becomes its description",
            source: "\(facade), “Logger.MetadataValue”"
        ) {
            try $0.logger().info(
                "message", metadata: ["duration": .stringConvertible(Duration.seconds(1)), "empty": ""])
            let attributes = try await $0.log().attributes
            $0.expectEqual(attributes["duration"]?.description, Duration.seconds(1).description, "the converted value")
            $0.expectEqual(attributes["empty"], "", "the empty value")
        },
        .init(.logs, "trace", "a record in a span has the span's ids", source: "\(model), “Trace Context Fields”") {
            run in
            let logger = try run.logger()
            _ = try run.tracer
            withSpan("span") { _ in logger.info("message") }
            logger.info("outside")
            let (span, record) = (try await run.span(), try await run.log())
            run.expectEqual(record.traceID, span.traceID, "trace id")
            run.expectEqual(record.spanID, span.spanID, "span id")
            run.expectEqual(record.flags & 1, 1, "the sampled flag")
            run.expectEqual(try await run.log("outside").traceID, nil, "trace id outside of the span")
        },
        .init(
            .logs, "trace-unsampled", "a record in a span that is not sampled has its trace id",
            source: "\(model), “Trace Context Fields”",
            environment: ["OTEL_TRACES_SAMPLER": "always_off"]
        ) { run in
            let logger = try run.logger()
            let trace = try withSpan("span") { span in
                logger.info("message")
                return try run.traceParent(span.context).traceID
            }
            run.expectEqual(try await run.log().traceID, trace, "trace id")
        },
        .init(.logs, "label", "the logger's label is on the record", source: "\(facade), “Logger.label”") { run in
            try run.logger("orders.http").info("message")
            let record = try await run.log()
            let texts = record.attributes.map(\.value) + [.string(record.scope.name)]
            run.expect(texts.contains("orders.http"), "neither the scope nor an attribute is the label")
        },
        .init(
            .logs, "error", "an error has its type and message on the record",
            source: "OpenTelemetry semantic conventions, “Exceptions in logs”"
        ) { run in
            try run.logger().error("message", error: ConformanceError())
            let attributes = try await run.log().attributes
            run.expect(
                attributes["exception.type"]?.stringValue?.contains("ConformanceError") ?? false,
                "exception.type is \(String(describing: attributes["exception.type"]))")
            run.expectEqual(attributes["exception.message"], "out of stock", "exception.message")
        },
        .init(
            .logs, "multiplex", "two handlers behind one logger each get every record",
            source: "\(facade), “MultiplexLogHandler”"
        ) { run in
            var handlers = [try run.handler("one"), try run.handler("two")]
            for index in handlers.indices {
                handlers[index].logLevel = index == 0 ? .trace : .error
                handlers[index][metadataKey: "handler"] = "\(index)"
            }
            let both = handlers
            var logger = Logger(label: "both") { _ in MultiplexLogHandler(both) }
            logger[metadataKey: "shared"] = "yes"
            logger.info("one")
            logger.error("both")
            _ = try await run.log("one")
            let records = run.received.logs(containing: "both")
            run.expectEqual(Set(records.compactMap { $0.attributes["handler"] }), ["0", "1"], "handlers")
            run.expect(records.allSatisfy { $0.attributes["shared"] == "yes" }, "the shared metadata is missing")
        },
        .init(
            .logs, "concurrency", "records of many tasks all arrive, each once and whole",
            source: "\(facade), “LogHandler”"
        ) { run in
            let logger = try run.logger()
            await withTaskGroup { group in
                for task in 0..<8 {
                    group.addTask {
                        var own = logger
                        own[metadataKey: "task"] = "\(task)"
                        for index in 0..<50 { own.info("message \(task) \(index)") }
                    }
                }
            }
            try await run.flush()
            let records = run.received.logs
            run.expectEqual(records.count, 400, "records")
            run.expectEqual(Set(records.map(\.body)).count, 400, "different records")
            run.expect(
                records.allSatisfy { record in
                    record.body.description.hasPrefix("message \(record.attributes["task"]?.description ?? "?") ")
                }, "a record has the metadata of another task")
        },
        .init(
            .logs, "odd-texts", "empty, long and odd messages do not end the process",
            source: "OpenTelemetry, “Error handling”"
        ) {
            let logger = try $0.logger("")
            logger.info("")
            logger.info("\(String(repeating: "x", count: 1 << 20))", metadata: ["": ""])
            logger.info("\u{0}\u{202E}\n\"\\")
            _ = try await $0.log("\u{0}\u{202E}\n\"\\")
        },
    ]
}
