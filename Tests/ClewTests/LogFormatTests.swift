import ClewModel
import ClewTesting
import Foundation
import Logging
import Testing
import Tracing

@testable import Clew

@Suite("The format of log lines")
struct LogFormatTests {
    func lines(
        _ environment: [String: String], isTerminal: Bool = false, _ body: (Logger) -> Void
    ) throws -> [String] {
        let captured = CapturedLines()
        var output = captured.output
        output.isTerminal = isTerminal
        let telemetry = try Telemetry(
            .init(service: "orders", environment: environment), exporter: InMemoryExporter(),
            clock: ManualClock(wall: 1_735_689_600_123_456_789).clock, output: output)
        body(Logger(label: "orders.http", factory: telemetry.logHandlerFactory))
        return captured.lines
    }

    @Test("text is for people")
    func text() throws {
        var context = ServiceContext.topLevel
        context.spanContext = SpanContext(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))
        let lines = try lines(["CLEW_LOG_FORMAT": "text"]) { logger in
            logger.info("it \"works\"")
            ServiceContext.withValue(context) {
                logger.warning(
                    "slow\nquery\u{1B}[2J",
                    metadata: ["b": "two words", "a": "1", "c": ["1", "x=\"y\""], "d": "", "é": "\u{7}"],
                    file: "Orders/Place.swift", line: 42)
            }
        }
        #expect(
            lines == [
                #"2025-01-01T00:00:00.123Z INFO     orders.http: it "works""#,
                #"2025-01-01T00:00:00.123Z WARNING  orders.http: slow\nquery\u001b[2J a=1 b="two words" c=["1","x=\"y\""] "#
                    + #"d="" é=\u0007 trace_id=00000000000000010000000000000002 code=Orders/Place.swift:42"#,
            ])
    }

    @Test("text has colours on a terminal alone, and where nobody objects")
    func colours() throws {
        let text = ["CLEW_LOG_FORMAT": "text"]
        func isColoured(_ environment: [String: String], isTerminal: Bool = true) throws -> Bool {
            let line = try #require(
                try lines(text.merging(environment) { $1 }, isTerminal: isTerminal) { $0.error("no") }.first)
            #expect(line.contains("ERROR"))
            return line.contains("\u{1B}[31mERROR   \u{1B}[0m")
        }
        #expect(try isColoured([:]))
        #expect(try !isColoured([:], isTerminal: false))
        #expect(try !isColoured(["NO_COLOR": "1"]))
        #expect(try !isColoured(["TERM": "dumb"]))
    }

    @Test("JSON is the same on a terminal")
    func json() throws {
        let onTerminal = try lines([:], isTerminal: true) { $0.info("hello") }
        #expect(try onTerminal == lines(["CLEW_LOG_FORMAT": "json"]) { $0.info("hello") })
        #expect(onTerminal[0].hasPrefix(#"{"time":"2025-01-01T00:00:00.123456789Z","level":"info","message":"hello""#))
    }

    @Test("every text comes back from its JSON", arguments: 0..<20)
    func roundTrip(_ seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var text = ""
        for _ in 0..<200 {
            let limit: UInt32 = [0x20, 0x100, 0x3000, 0x11_0000].randomElement(using: &generator) ?? 0x20
            text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) ?? "\"")
        }
        let line = try #require(try lines([:]) { $0.info("\(text)", metadata: [text: .string(text)]) }.first)
        let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(record["message"] as? String == text)
        #expect((record["metadata"] as? [String: String])?[text] == text)
    }
}
