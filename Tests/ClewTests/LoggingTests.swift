import ClewModel
import ClewTesting
import Logging
import Testing
import Tracing

@testable import Clew

@Suite("A log line")
struct LoggingTests {
    func logger(_ test: TestTelemetry, _ label: String = "orders.http") -> Logger {
        Logger(label: label, factory: test.telemetry.logHandlerFactory)
    }

    @Test("is one JSON object with everything that is known")
    func exactly() async throws {
        let clock = ManualClock(wall: 1_735_689_600_000_000_789)
        let test = try TestTelemetry(clock: clock.clock)
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        context.correlationID = "order-7"
        var logger = logger(test)
        logger[metadataKey: "b"] = "2"
        ServiceContext.withValue(context) {
            logger.warning(
                "slow \"query\"\n\u{1}é\u{9B}", metadata: ["a": ["x", ["y": .stringConvertible(1)]]],
                file: "Orders/Place.swift", function: "place(_:)", line: 42)
        }
        #expect(
            test.lines == [
                #"{"time":"2025-01-01T00:00:00.000000789Z","level":"warning","message":"slow \"query\"\n\u0001é\u009b","#
                    + #""logger":"orders.http","service":"orders","code":"Orders/Place.swift:42","#
                    + #""trace_id":"00000000000000010000000000000002","span_id":"0000000000000003","#
                    + #""correlation_id":"order-7","metadata":{"a":["x",{"y":1}],"b":"2"}}"#
            ])
        await test.telemetry.shutdown()
        let record = try #require(test.exporter.logs.first)
        #expect(record.time == 1_735_689_600_000_000_789)
        #expect(record.observedTime == record.time)
        #expect(record.severityNumber == 13)
        #expect(record.severityText == "WARNING")
        #expect(record.body == "slow \"query\"\n\u{1}é\u{9B}")
        #expect(record.traceID == TraceID(high: 1, low: 2))
        #expect(record.spanID == SpanID(3))
        #expect(record.flags == 1)
        #expect(record.scope.name == "orders.http")
        #expect(record.resource == test.telemetry.resource)
        #expect(
            record.attributes == [
                Attribute("a", .array(["x", .keyValueList([Attribute("y", 1)])])), Attribute("b", "2"),
                Attribute("code.file.path", "Orders/Place.swift"), Attribute("code.function.name", "place(_:)"),
                Attribute("code.line.number", 42), Attribute("correlation.id", "order-7"),
            ])
    }

    @Test("leaves out what is not known")
    func outsideOfAnySpan() throws {
        let test = try TestTelemetry(clock: ManualClock(wall: 0).clock)
        logger(test, "a").info("hello")
        #expect(
            test.lines == [
                #"{"time":"1970-01-01T00:00:00.000000000Z","level":"info","message":"hello","logger":"a","service":"orders"}"#
            ])
    }

    @Test(
        "has the severity of its level",
        arguments: zip(Logger.Level.allCases, [1, 5, 9, 10, 13, 17, 21] as [UInt8])
    )
    func severity(_ level: Logger.Level, number: UInt8) async throws {
        let test = try TestTelemetry(.init(service: "orders", environment: ["LOG_LEVEL": "trace"]))
        logger(test).log(level: level, "hello")
        await test.telemetry.flush()
        let record = try #require(test.exporter.logs.first)
        #expect(record.severityNumber == number)
        #expect(record.severityText == level.rawValue.uppercased())
        #expect(test.lines[0].contains(#""level":"\#(level)""#))
    }

    @Test("keeps the flags of a span that is not sampled")
    func unsampled() async throws {
        let test = try TestTelemetry()
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), flags: 0)
        ServiceContext.withValue(context) { logger(test).info("hello") }
        await test.telemetry.flush()
        let record = try #require(test.exporter.logs.first)
        #expect(record.traceID == TraceID(high: 1, low: 2))
        #expect(record.flags == 0)
    }

    @Test("below the level is neither written nor exported")
    func level() async throws {
        let test = try TestTelemetry(.init(service: "orders", environment: ["LOG_LEVEL": "error"]))
        logger(test).warning("quiet")
        logger(test).error("loud")
        await test.telemetry.flush()
        #expect(test.lines.count == 1)
        #expect(test.exporter.logs.map(\.body) == ["loud"])
    }

    @Test(
        "takes its level from the entry that says most about its label",
        arguments: [
            ("orders.http", Logger.Level.debug), ("orders.db.pool", .trace), ("orders.db", .critical),
            ("orders", .notice), ("payments", .error),
        ]
    )
    func levels(_ label: String, level: Logger.Level) throws {
        let environment = [
            "LOG_LEVEL": "error",
            "CLEW_LOG_LEVELS": "orders.*=debug, orders.db.*=TRACE,orders.db=critical,orders=notice,x=loud,=info",
        ]
        let configuration = Telemetry.Configuration(service: "orders", environment: environment)
        #expect(configuration.warnings.count == 2)
        let test = try TestTelemetry(configuration)
        #expect(logger(test, label).logLevel == level)
    }

    @Test("says where it comes from, from the level on that the settings say", arguments: ["none", "info", nil])
    func location(_ setting: String?) async throws {
        let test = try TestTelemetry(
            .init(service: "orders", environment: setting.map { ["CLEW_LOG_LOCATION": $0] } ?? [:]))
        logger(test).info("hello")
        logger(test).warning("hello", source: "Vendor")
        await test.telemetry.flush()
        let files = test.exporter.logs.map { $0.attributes[SemanticConventions.codeFilePath] }
        let file = AttributeValue("ClewTests/LoggingTests.swift")
        #expect(files == (setting == "none" ? [nil, nil] : setting == "info" ? [file, file] : [nil, file]))
        #expect(test.exporter.logs[0].attributes[SemanticConventions.logSource] == nil)
        #expect(test.exporter.logs[1].attributes[SemanticConventions.logSource] == (setting == "none" ? nil : "Vendor"))
        #expect(test.lines.map { $0.contains(#""code":"ClewTests/LoggingTests.swift:"#) } == files.map { $0 != nil })
    }

    @Test("of an error says its type and message, which win over metadata")
    func errors() async throws {
        let test = try TestTelemetry()
        logger(test).error("failed", error: Broken(), metadata: ["exception.message": "yes", "a": "b"])
        logger(test).error("failed", metadata: ["error": "it broke"])
        logger(test).error("failed", metadata: ["error": .stringConvertible(Broken())])
        await test.telemetry.flush()
        let records = test.exporter.logs
        #expect(
            records.map { $0.attributes[SemanticConventions.exceptionType] } == [
                "ClewTests.Broken", nil, "ClewTests.Broken",
            ])
        #expect(records.map { $0.attributes[SemanticConventions.exceptionMessage] } == ["no", "it broke", "no"])
        #expect(records.map { $0.attributes["error"] } == [nil, "it broke", "no"])
        #expect(
            test.lines[0].hasSuffix(
                #""metadata":{"a":"b","exception.message":"no","exception.type":"ClewTests.Broken"}}"#))
    }

    @Test(
        "writes times of any year",
        arguments: [
            (UInt64(951_782_400), "2000-02-29T00:00:00.000000000Z"), (4_107_542_399, "2100-02-28T23:59:59.000000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000000Z"), (1_709_164_800, "2024-02-29T00:00:00.000000000Z"),
            (1_704_067_199, "2023-12-31T23:59:59.000000000Z"), (18_446_744_073, "2554-07-21T23:34:33.000000000Z"),
        ]
    )
    func times(_ seconds: UInt64, text: String) {
        var bytes: [UInt8] = []
        bytes.append(rfc3339: seconds * 1_000_000_000)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test("of the library itself is not exported, and the same one is written once a minute")
    func ownWarnings() async throws {
        let clock = ManualClock()
        let lines = CapturedLines()
        let configuration = Telemetry.Configuration(service: "orders")
        let diagnostics = Diagnostics(
            configuration, resource: Resource(), clock: clock.clock, writer: LogWriter(configuration, lines.output))
        for _ in 0..<3 { diagnostics.warn("trouble") }
        diagnostics.warn("other trouble")
        clock.advance(by: .seconds(59))
        diagnostics.warn("trouble")
        clock.advance(by: .seconds(1))
        diagnostics.warn("trouble")
        #expect(lines.lines.map { $0.contains("other") } == [false, true, false])
        for index in 0..<1000 { diagnostics.warn("trouble \(index)") }
        #expect(lines.lines.count <= 110)
    }

    @Test("of a setting that cannot be read names it")
    func settingWarnings() async throws {
        let test = try TestTelemetry(
            .init(service: "orders", environment: ["OTEL_TRACES_SAMPLER": "sometimes", "CLEW_LOG_FORMAT": "none"]))
        logger(test).error("not written")
        #expect(test.lines.count == 1)
        #expect(test.lines[0].contains("OTEL_TRACES_SAMPLER=sometimes is not one of always_on, always_off"))
        await test.telemetry.flush()
        #expect(test.exporter.logs.map(\.body) == ["not written"])
    }
}

struct Broken: Error, CustomStringConvertible { var description: String { "no" } }
