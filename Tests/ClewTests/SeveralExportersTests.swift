import ClewModel
import ClewTesting
import ClewWire
import CoreMetrics
import Foundation
import Logging
import Testing
import Tracing

@testable import Clew

@Suite("Files, the console and several exporters", .timeLimit(.minutes(2)))
struct SeveralExportersTests {
    /// Runs with a directory that is removed afterwards.
    func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        do {
            let result = try await body(directory.path())
            try FileManager.default.removeItem(at: directory)
            return result
        } catch {
            try? FileManager.default.removeItem(at: directory)
            throw error
        }
    }

    func lines(_ path: String) throws -> [[UInt8]] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        #expect(bytes.last == 0x0A)
        return bytes.split(separator: 0x0A).map(Array.init)
    }

    func spans(_ path: String) throws -> [ClewModel.Span] {
        try lines(path).flatMap { try OTLP.decodeTraces(OTLPJSON.toProtobuf($0, .traces)) }
    }

    func diagnostics(_ lines: CapturedLines) -> Diagnostics {
        let configuration = Telemetry.Configuration(service: "orders")
        return Diagnostics(
            configuration, resource: Resource(), clock: .system, writer: LogWriter(configuration, lines.output))
    }

    func span(_ name: String, text: String = "") -> ClewModel.Span {
        ClewModel.Span(
            traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: name, start: 1, end: 2,
            attributes: text.isEmpty ? [] : [Attribute("text", .string(text))])
    }

    @Test("each signal has its file of lines that readers of OTLP/JSON take, and other readers of JSON too")
    func files() async throws {
        try await withDirectory { directory in
            let environment = [
                "CLEW_EXPORTER_FILE": "\(directory)/orders.v1.jsonl", "OTEL_TRACES_EXPORTER": "otlp_file",
                "OTEL_LOGS_EXPORTER": "otlp_file", "OTEL_METRICS_EXPORTER": "otlp_file",
            ]
            let configuration = Telemetry.Configuration(service: "orders", environment: environment)
            let telemetry = try Telemetry(configuration, output: CapturedLines().output)
            for index in 0..<3 { telemetry.tracer.startSpan("span \(index)").end() }
            Logger(label: "a", factory: telemetry.logHandlerFactory).info("two\nlines")
            telemetry.metricsFactory.makeCounter(label: "hits", dimensions: []).increment(by: 1)
            await telemetry.flush()
            telemetry.tracer.startSpan("later").end()
            await telemetry.shutdown()
            #expect(
                try spans("\(directory)/orders.v1.traces.jsonl").map(\.name) == ["span 0", "span 1", "span 2", "later"])
            let logs = try lines("\(directory)/orders.v1.logs.jsonl")
                .flatMap { try OTLP.decodeLogs(OTLPJSON.toProtobuf($0, .logs)) }
            #expect(logs.map(\.body) == ["two\nlines"])
            let metrics = try lines("\(directory)/orders.v1.metrics.jsonl")
            for line in metrics {
                #expect(try JSONSerialization.jsonObject(with: Data(line)) is [String: Any])
            }
            let decoded = try metrics.flatMap { try OTLP.decodeMetrics(OTLPJSON.toProtobuf($0, .metrics)) }
            #expect(decoded.map(\.name).contains("hits"))
            #expect(telemetry.statistics.totalDropped == 0)
        }
    }

    @Test("a file's name is divided where people expect it")
    func paths() {
        func paths(_ path: String) -> [String] {
            [FileSettings(path: path).path(.traces), FileSettings(path: path).path(.logs, isOld: true)]
        }
        #expect(paths("/a.b/orders.json") == ["/a.b/orders.traces.json", "/a.b/orders.logs.1.json"])
        #expect(paths("/a.b/orders") == ["/a.b/orders.traces.jsonl", "/a.b/orders.logs.1.jsonl"])
        #expect(paths(".hidden") == [".hidden.traces.jsonl", ".hidden.logs.1.jsonl"])
        #expect(paths("/a/") == ["/a/.traces.jsonl", "/a/.logs.1.jsonl"])
    }

    @Test("a file that would grow beyond its limit makes room, and one before it is kept")
    func rotation() async throws {
        try await withDirectory { directory in
            var settings = FileSettings(path: "\(directory)/x.jsonl")
            settings.limit = 64 << 10
            let exporter = FileExporter(settings, diagnostics: diagnostics(CapturedLines()))
            for index in 0..<10 {
                let batch = TelemetryBatch.spans([span("\(index)", text: String(repeating: "x", count: 20 << 10))])
                #expect(await exporter.export(batch) == .sent(lost: 0, tooLarge: 0))
            }
            let (path, old) = (settings.path(.traces), settings.path(.traces, isOld: true))
            let kept = try spans(old) + spans(path)
            #expect(kept.map(\.name) == ["6", "7", "8", "9"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 2)
            for path in [path, old] { #expect(try Data(contentsOf: URL(filePath: path)).count <= settings.limit) }
        }
    }

    @Test("a batch that makes too long a line is divided; an item that does alone is counted")
    func division() async throws {
        try await withDirectory { directory in
            var settings = FileSettings(path: "\(directory)/x.jsonl")
            settings.limit = 64 << 10
            let exporter = FileExporter(settings, diagnostics: diagnostics(CapturedLines()))
            var batch = (0..<4).map { span("\($0)", text: String(repeating: "x", count: 20 << 10)) }
            batch.append(span("large", text: String(repeating: "x", count: 100 << 10)))
            #expect(await exporter.export(.spans(batch)) == .sent(lost: 0, tooLarge: 1))
            let (path, old) = (settings.path(.traces), settings.path(.traces, isOld: true))
            let kept = try spans(old) + spans(path)
            #expect(kept.map(\.name) == ["0", "1", "2", "3"])
        }
    }

    @Test(
        "what cannot be written is counted, and said once",
        arguments: ["missing/x.jsonl", "folder.jsonl", "pipe.jsonl", "full.jsonl"])
    func unwritable(_ name: String) async throws {
        try await withDirectory { directory in
            let path = FileSettings(path: "\(directory)/\(name)").path(.traces)
            switch name {
            case "folder.jsonl":
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            case "pipe.jsonl":
                #expect(unsafe mkfifo(path, 0o600) == 0)
            case "full.jsonl":
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
            default: break
            }
            let lines = CapturedLines()
            let exporter = FileExporter(FileSettings(path: "\(directory)/\(name)"), diagnostics: diagnostics(lines))
            for _ in 0..<3 {
                #expect(await exporter.export(.spans([span("a"), span("b")])) == .sent(lost: 2, tooLarge: 0))
            }
            #expect(lines.lines.count == 1)
            #expect(lines.lines.first?.contains(path) == true)
        }
    }

    @Test("an exporter that is down neither holds the others up nor makes them get anything twice")
    func independence() async throws {
        try await withDirectory { directory in
            let environment = ["CLEW_EXPORTER_FILE": "\(directory)/x.jsonl", "OTEL_METRICS_EXPORTER": "none"]
            var configuration = Telemetry.Configuration(service: "orders", environment: environment)
            configuration.spanQueue.batch = 10
            let clock = ManualClock()
            let test = try TestTelemetry(
                configuration, answering: Array(repeating: .retry(after: .seconds(1), reason: "503"), count: 3),
                clock: clock.clock)
            for index in 0..<35 { test.telemetry.tracer.startSpan("span \(index)").end() }
            await test.telemetry.flush()
            #expect(test.exporter.spans.isEmpty)
            let names = (0..<35).map { "span \($0)" }
            let path = "\(directory)/x.traces.jsonl"
            #expect(try spans(path).map(\.name) == names)
            while test.exporter.spans.count < 35 {
                try Task.checkCancellation()
                await clock.sleepers(atLeast: 1)
                clock.advanceToNextSleeper()
                await test.telemetry.flush()
            }
            #expect(test.exporter.spans.map(\.name) == names)
            #expect(try spans(path).map(\.name) == names)
            #expect(test.telemetry.statistics.exported[.traces] == 70)
            #expect(test.telemetry.statistics.totalDropped == 0)
        }
    }

    @Test("spans are printed as the tree of their trace, with events and links, and attributes cannot move the cursor")
    func console() async throws {
        let trace = try #require(TraceID(hex: "4bf92f3577b34da6a3ce929d0e0e4736"))
        let resource = Resource(attributes: [Attribute("service.name", "orders")])
        let ids = (1...4).map { SpanID($0) }
        let start: UnixNanoseconds = 1_735_689_600_000_000_000
        func span(_ name: String, _ id: Int, parent: Int?, at offset: UInt64, _ more: (inout ClewModel.Span) -> Void)
            -> ClewModel.Span
        {
            var span = ClewModel.Span(
                traceID: trace, spanID: ids[id], parentSpanID: parent.map { ids[$0] }, name: name,
                start: start + offset,
                end: start + offset + 12_300_000, resource: resource)
            more(&span)
            return span
        }
        let batch = [
            span("SELECT orders", 1, parent: 0, at: 1_000_000) { $0.kind = .client },
            span("GET /orders/{id}", 0, parent: 3, at: 0) {
                $0.kind = .server
                $0.status = SpanStatus(.error, message: "boom\u{1B}[2J\nfake line")
                $0.attributes = [
                    Attribute("http.route", "/orders/{id}"),
                    Attribute("long", .string(String(repeating: "x", count: 300))),
                ]
                $0.events = [
                    SpanEvent(
                        time: start + 3_200_000, name: "exception", attributes: [Attribute("exception.type", "Boom")])
                ]
                $0.links = [SpanLink(traceID: trace, spanID: ids[2])]
            },
        ]
        let lines = CapturedLines()
        let exporter = ConsoleExporter(lines.output)
        #expect(await exporter.export(.spans(batch)) == .sent(lost: 0, tooLarge: 0))
        let x = String(repeating: "x", count: 200)
        #expect(
            lines.lines.joined() == """
                trace 4bf92f3577b34da6a3ce929d0e0e4736 orders
                  00:00:00.000  12.3ms   GET /orders/{id} (server) ERROR: boom\\u{1b}[2J\\nfake line  http.route=/orders/{id}  long=\(x)…
                                +3.20ms  exception  exception.type=Boom
                                link to 4bf92f3577b34da6a3ce929d0e0e4736 \(ids[2].hex)
                  00:00:00.001  12.3ms     SELECT orders (client)
                """)
    }

    @Test("spans that claim to be each other's parents are printed once, and deep traces need no deep stack")
    func strangeTrees() {
        let trace = TraceID(high: 1, low: 1)
        func span(_ id: UInt64, _ parent: UInt64) -> ClewModel.Span {
            ClewModel.Span(
                traceID: trace, spanID: SpanID(id), parentSpanID: SpanID(parent), name: "n", start: id, end: id)
        }
        #expect(ConsoleText.text(.spans([span(1, 2), span(2, 1), span(3, 3)])).split(separator: "\n").count == 4)
        let deep = (1...20_000).map { span(UInt64($0) + 1, UInt64($0)) }
        let lines = ConsoleText.text(.spans(deep)).split(separator: "\n")
        #expect(lines.count == 20_001)
        #expect(lines.allSatisfy { $0.count < 100 })
    }

    @Test("log records and metrics are a line each")
    func consoleLines() {
        let time: UnixNanoseconds = 1_735_689_600_000_000_000
        let record = LogRecord(
            time: time, severityNumber: 13, severityText: "WARNING", body: "slow\rpayment",
            attributes: [Attribute("order", 7)], scope: InstrumentationScope(name: "orders"))
        #expect(ConsoleText.text(.logs([record])) == "00:00:00.000  WARNING   orders: slow\\u{d}payment  order=7\n")
        let context = PointContext(attributes: [Attribute("http.route", "/a")], time: time)
        let metrics = [
            Metric(
                name: "hits", unit: "{hit}",
                data: .sum([NumberPoint(context: context, value: .int(3))], temporality: .cumulative, isMonotonic: true)
            ),
            Metric(
                name: "wait", unit: "s",
                data: .histogram([HistogramPoint(context: context, count: 4, sum: 2)], temporality: .cumulative)),
            Metric(
                name: "none", unit: "s", data: .histogram([HistogramPoint(context: context)], temporality: .cumulative)),
        ]
        #expect(
            ConsoleText.text(.metrics(metrics)) == """
                00:00:00.000  hits  http.route=/a  = 3 {hit}
                00:00:00.000  wait  http.route=/a  = 4 values, mean 0.5 s
                00:00:00.000  none  http.route=/a  = 0 values

                """)
    }

    @Test("a stuck reader of the console does not keep a shutdown waiting")
    func stuckConsole() async {
        let (gate, opened) = (DispatchSemaphore(value: 0), AsyncStream<Void>.makeStream())
        let exporter = ConsoleExporter(
            LogOutput { _ in
                opened.continuation.yield()
                gate.wait()
            })
        let batch = TelemetryBatch.spans([span("a")])
        let export = Task { await exporter.export(batch) }
        for await _ in opened.stream { break }
        export.cancel()
        #expect(await export.value == .sent(lost: 1, tooLarge: 0))
        gate.signal()
    }
}
