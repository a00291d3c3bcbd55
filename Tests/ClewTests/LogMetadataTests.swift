import ClewModel
import ClewTesting
import Logging
import Synchronization
import Testing
import Tracing

@testable import Clew

@Suite("Metadata of log lines")
struct LogMetadataTests {
    /// Says something else each time.
    final class Counter: CustomStringConvertible, Sendable {
        private let count = Mutex(0)

        var description: String {
            count.withLock { count in
                count += 1
                return "asked \(count)"
            }
        }
    }

    /// The metadata of the only line, as JSON.
    func metadata(of test: TestTelemetry) throws -> String {
        let line = try #require(test.lines.first)
        let start = try #require(line.firstRange(of: #""metadata":"#))
        return String(line[start.upperBound...].dropLast())
    }

    /// The metadata as one line has it.
    func written(_ metadata: Logger.Metadata, _ environment: [String: String] = [:]) throws -> String {
        let test = try TestTelemetry(.init(service: "orders", environment: environment))
        Logger(label: "a", factory: test.telemetry.logHandlerFactory).info("hello", metadata: metadata)
        return try self.metadata(of: test)
    }

    @Test("is the statement's first, then the provider's, then the logger's")
    func precedence() throws {
        let test = try TestTelemetry()
        let first = Logger.MetadataProvider { ["who": "first", "first": "1", "both": "first"] }
        let second = Logger.MetadataProvider { ["who": "second", "both": "second"] }
        var logger = Logger(
            label: "a",
            factory: { test.telemetry.logHandler(label: $0, metadataProvider: .multiplex([first, second])) })
        logger[metadataKey: "who"] = "logger"
        logger[metadataKey: "first"] = "logger"
        logger[metadataKey: "logger"] = "logger"
        logger.info("hello", metadata: ["who": "statement"])
        #expect(
            try metadata(of: test) == #"{"both":"second","first":"1","logger":"logger","who":"statement"}"#)
    }

    @Test("belongs to one copy of a logger, as the level does")
    func valueSemantics() throws {
        let test = try TestTelemetry()
        var first = Logger(label: "first", factory: test.telemetry.logHandlerFactory)
        first.logLevel = .debug
        first[metadataKey: "only-on"] = "first"
        var second = first
        second.logLevel = .error
        second[metadataKey: "only-on"] = "second"
        #expect(first.logLevel == .debug)
        #expect(second.logLevel == .error)
        #expect(first[metadataKey: "only-on"] == "first")
        #expect(second[metadataKey: "only-on"] == "second")
        second[metadataKey: "only-on"] = nil
        second.error("hello")
        first.debug("hello")
        #expect(test.lines.map { $0.contains("only-on") } == [false, true])
    }

    @Test("of a task's own logger is on its lines, with the ids of the span")
    func taskLocalLogger() async throws {
        let test = try TestTelemetry()
        let logger = Logger(label: "a", factory: test.telemetry.logHandlerFactory)
        try await test.telemetry.tracer.withSpan("work") { span in
            await withLogger(logger) { _ in
                await withLogger(mergingMetadata: ["request": "7"]) { _ in
                    await Task { Logger.current.info("hello") }.value
                }
            }
            let id = try #require(span.context.spanContext?.traceID.hex)
            #expect(test.lines[0].contains(#""trace_id":"\#(id)""#))
        }
        #expect(try metadata(of: test) == #"{"request":"7"}"#)
    }

    @Test("of a multiplexed logger reaches each handler, and the provider is asked at each line")
    func multiplexed() throws {
        let first = try TestTelemetry()
        let second = try TestTelemetry()
        let counter = Counter()
        let provider = Logger.MetadataProvider { ["asked": "\(counter)"] }
        var logger = Logger(label: "a") { label in
            MultiplexLogHandler(
                [first.telemetry.logHandler(label: label), second.telemetry.logHandler(label: label)],
                metadataProvider: provider)
        }
        logger[metadataKey: "b"] = "2"
        logger.info("hello")
        logger.info("again")
        for test in [first, second] {
            #expect(try metadata(of: test) == #"{"asked":"asked 1","b":"2"}"#)
            #expect(test.lines[1].hasSuffix(#"{"asked":"asked 2","b":"2"}}"#))
        }
    }

    @Test("keeps the types of numbers and truth values")
    func types() async throws {
        let test = try TestTelemetry()
        Logger(label: "a", factory: test.telemetry.logHandlerFactory).info(
            "hello",
            metadata: [
                "a": .stringConvertible(-1), "b": .stringConvertible(UInt8(2)), "c": .stringConvertible(UInt64.max),
                "d": .stringConvertible(0.5), "e": .stringConvertible(Double.nan), "f": .stringConvertible(true),
                "g": "3", "h": .stringConvertible(Broken()), "i": .attributed(4, attributes: []),
            ])
        #expect(
            try metadata(of: test)
                == #"{"a":-1,"b":2,"c":"18446744073709551615","d":0.5,"e":"nan","f":true,"g":"3","h":"no","i":"4"}"#)
        await test.telemetry.flush()
        let record = try #require(test.exporter.logs.first)
        #expect(record.attributes.map(\.key) == ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
        #expect(
            record.attributes.filter { $0.key != "e" }.map(\.value) == [
                -1, 2, "18446744073709551615", 0.5, true, "3", "no", "4",
            ])
    }

    @Test("is described when the line is logged, not when it is exported")
    func describedAtOnce() async throws {
        let counter = Counter()
        let test = try TestTelemetry()
        Logger(label: "a", factory: test.telemetry.logHandlerFactory)
            .info("hello", metadata: ["n": [.stringConvertible(counter)]])
        #expect(counter.description == "asked 2")
        await test.telemetry.flush()
        #expect(try metadata(of: test) == #"{"n":["asked 1"]}"#)
        #expect(test.exporter.logs[0].attributes == [Attribute("n", .array(["asked 1"]))])
        #expect(counter.description == "asked 3")
    }

    @Test("that is nested deeply ends in an ellipsis")
    func nesting() throws {
        var value = Logger.MetadataValue.string("deep")
        for _ in 0..<1000 { value = .array([value]) }
        #expect(try written(["nested": value]).contains("[[\"…\"]]"))
    }

    @Test("that grows without bound when it is written out is cut")
    func bounds() async throws {
        var value = Logger.MetadataValue.array(.init(repeating: "", count: 10))
        for _ in 0..<14 { value = .array(.init(repeating: value, count: 10)) }
        let huge = Logger.MetadataValue.string(String(repeating: "é", count: 3 << 20))
        for metadata in [["a": value], ["a": huge, "b": huge, "c": huge]] as [Logger.Metadata] {
            let test = try TestTelemetry()
            Logger(label: "a", factory: test.telemetry.logHandlerFactory).info("hello", metadata: metadata)
            let line = try #require(test.lines.first)
            #expect(line.utf8.count < 2 << 20)
            #expect(line.contains("…"))
            await test.telemetry.flush()
            let record = try #require(test.exporter.logs.first)
            #expect(record.attributes.count + Int(record.droppedAttributesCount) == metadata.count)
        }
    }

    @Test("and a message of any size are cut between characters")
    func hugeMessage() async throws {
        let test = try TestTelemetry()
        let logger = Logger(label: "a", factory: test.telemetry.logHandlerFactory)
        logger.info("\(String(repeating: "x", count: 3) + String(repeating: "é", count: 1 << 20))")
        await test.telemetry.flush()
        let body = try #require(test.exporter.logs.first?.body.stringValue)
        #expect(body.utf8.count == (1 << 20) - 1 + 3)
        #expect(body.hasSuffix("é…"))
        #expect(test.lines[0].contains("é…\""))
    }

    @Test("is limited in records as the settings say, and what is left out is counted")
    func limits() async throws {
        let test = try TestTelemetry(
            .init(
                service: "orders",
                environment: [
                    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT": "5", "OTEL_ATTRIBUTE_COUNT_LIMIT": "50",
                    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "2",
                ]))
        let metadata = Logger.Metadata(uniqueKeysWithValues: (0..<9).map { ("key \($0)", ["ééé"]) })
        Logger(label: "a", factory: test.telemetry.logHandlerFactory).warning("hello", metadata: metadata)
        await test.telemetry.flush()
        let record = try #require(test.exporter.logs.first)
        #expect(
            record.attributes.map(\.key) == [
                "key 0", "key 1", "code.file.path", "code.function.name", "code.line.number",
            ])
        #expect(record.droppedAttributesCount == 7)
        #expect(record.attributes[0].value == .array(["éé"]))
        #expect(test.lines[0].contains(#""key 8":["ééé"]"#))
    }

    @Test("that names a secret is redacted everywhere, in any spelling")
    func secrets() async throws {
        let test = try TestTelemetry()
        Logger(label: "a", factory: test.telemetry.logHandlerFactory).info(
            "hello",
            metadata: [
                "Authorization": "s", "http.request.header.set-cookie": ["s"], "db": ["PASSWORD": "s", "user": "u"],
                "client_secret": .stringConvertible(1), "apikey": "kept", "api-key": "s", "my.password.length": "8",
                "repassword": "kept",
            ])
        #expect(
            try metadata(of: test)
                == #"{"Authorization":"REDACTED","api-key":"REDACTED","apikey":"kept","client_secret":"REDACTED","#
                + #""db":{"PASSWORD":"REDACTED","user":"u"},"http.request.header.set-cookie":"REDACTED","#
                + #""my.password.length":"8","repassword":"kept"}"#)
        await test.telemetry.flush()
        let attributes = try #require(test.exporter.logs.first).attributes
        #expect(attributes["Authorization"] == "REDACTED")
        #expect(attributes["db"] == .keyValueList([Attribute("PASSWORD", "REDACTED"), Attribute("user", "u")]))
    }

    @Test(
        "is redacted by the keys of the settings",
        arguments: [
            ("iban,x", #"{"IBAN":"REDACTED","a.x":"REDACTED","password":"p"}"#),
            ("default, iban", #"{"IBAN":"REDACTED","a.x":"x","password":"REDACTED"}"#),
            ("none", #"{"IBAN":"i","a.x":"x","password":"p"}"#),
            ("", #"{"IBAN":"i","a.x":"x","password":"REDACTED"}"#),
        ])
    func keys(_ setting: String, expected: String) throws {
        #expect(
            try written(["IBAN": "i", "a.x": "x", "password": "p"], ["CLEW_REDACT_KEYS": setting]) == expected)
    }

    @Test("can be changed before it is written or exported, as can the message")
    func hook() async throws {
        var configuration = Telemetry.Configuration(service: "orders")
        configuration.redactLog = { event in
            event.message = "\(event.message.description.replacing("4111", with: "…"))"
            event.metadata?["exception.message"] = "hidden"
            event.metadata?["logger"] = nil
            event.metadata?["password"] = "as if it were none"
        }
        let test = try TestTelemetry(configuration)
        var logger = Logger(label: "a", factory: test.telemetry.logHandlerFactory)
        logger[metadataKey: "logger"] = "1"
        logger.info("card 4111", error: Broken(), metadata: ["kept": "2"])
        await test.telemetry.flush()
        #expect(
            try metadata(of: test)
                == #"{"exception.message":"hidden","exception.type":"ClewTests.Broken","kept":"2","password":"REDACTED"}"#
        )
        let record = try #require(test.exporter.logs.first)
        #expect(record.body == "card …")
        #expect(record.attributes.map(\.key) == ["exception.message", "exception.type", "kept", "password"])
    }
}
