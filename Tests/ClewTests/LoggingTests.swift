import ClewModel
import ClewTesting
import Logging
import Testing
import Tracing

@testable import Clew

@Suite("A log line")
struct LoggingTests {
    struct Broken: Error, CustomStringConvertible { var description: String { "no" } }

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
            logger.warning("slow \"query\"\n\u{1}é", metadata: ["a": ["x", ["y": .stringConvertible(1)]]])
        }
        #expect(
            test.lines == [
                #"{"time":"2025-01-01T00:00:00.000000789Z","level":"warning","message":"slow \"query\"\n\u0001é","#
                    + #""logger":"orders.http","service":"orders","trace_id":"00000000000000010000000000000002","#
                    + #""span_id":"0000000000000003","correlation_id":"order-7","#
                    + #""metadata":{"a":["x",{"y":"1"}],"b":"2"}}"#
            ])
        await test.telemetry.shutdown()
        let record = try #require(test.exporter.logs.first)
        #expect(record.time == 1_735_689_600_000_000_789)
        #expect(record.severityNumber == 13)
        #expect(record.severityText == "WARNING")
        #expect(record.body == "slow \"query\"\n\u{1}é")
        #expect(record.traceID == TraceID(high: 1, low: 2))
        #expect(record.spanID == SpanID(3))
        #expect(record.scope.name == "orders.http")
        #expect(
            record.attributes == [
                Attribute("a", .array(["x", .keyValueList([Attribute("y", "1")])])), Attribute("b", "2"),
                Attribute("correlation.id", "order-7"),
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

    @Test("takes metadata from the statement first, then the provider, then the logger")
    func precedence() throws {
        let test = try TestTelemetry()
        var handler = test.telemetry.logHandlerFactory("a")
        handler.metadata = ["who": "logger", "provider": "logger", "logger": "logger"]
        handler.metadataProvider = Logger.MetadataProvider { ["who": "provider", "provider": "provider"] }
        Logger(label: "a", factory: { _ in handler }).info("hello", metadata: ["who": "statement"])
        #expect(
            try #require(test.lines.first)
                .hasSuffix(#""metadata":{"logger":"logger","provider":"provider","who":"statement"}}"#))
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
        "writes times of any year",
        arguments: [
            (UInt64(951_782_400), "2000-02-29T00:00:00.000000000Z"), (4_107_542_399, "2100-02-28T23:59:59.000000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000000Z"), (1_709_164_800, "2024-02-29T00:00:00.000000000Z"),
            (1_704_067_199, "2023-12-31T23:59:59.000000000Z"),
        ]
    )
    func times(_ seconds: UInt64, text: String) {
        #expect(RFC3339.text(seconds * 1_000_000_000) == text)
    }

    @Test("of the library itself is not exported")
    func ownWarnings() async throws {
        let test = try TestTelemetry(.init(service: "orders", environment: ["OTEL_TRACES_SAMPLER": "sometimes"]))
        await test.telemetry.flush()
        #expect(test.lines.count == 1)
        #expect(test.lines[0].contains("OTEL_TRACES_SAMPLER=sometimes is not one of always_on, always_off"))
        #expect(test.exporter.logs.isEmpty)
    }

    @Test("deeply nested metadata ends in an ellipsis")
    func nesting() throws {
        var value = Logger.MetadataValue.string("deep")
        for _ in 0..<1000 { value = .array([value]) }
        let test = try TestTelemetry()
        logger(test).info("hello", metadata: ["nested": value])
        #expect(try #require(test.lines.first).contains("[[\"…\"]]"))
    }
}
