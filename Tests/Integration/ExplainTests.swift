import ClewModel
import ClewWire
import Foundation
import Testing

extension Integration {
    @Suite("Explanations")
    struct ExplainTests {
        private static let millisecond: UInt64 = 1_000_000
        private static let minute: UInt64 = 60 * .nanosecondsPerSecond

        /// A request through a gateway to an inventory that asks its database, and the line that the inventory logs.
        private func request(at start: UInt64, database: UInt64) -> (spans: [Span], record: LogRecord) {
            let trace = TraceID.random()
            func resource(_ service: String) -> Resource {
                Resource(attributes: [Attribute("service.name", .string(service))])
            }
            func span(
                _ service: String, _ name: String, _ kind: SpanKind, _ offset: UInt64, _ rest: UInt64,
                in parent: Span? = nil, _ attributes: Attributes = []
            ) -> Span {
                Span(
                    traceID: trace, spanID: .random(), parentSpanID: parent?.spanID, name: name, kind: kind,
                    start: start + offset * Self.millisecond,
                    end: start + (offset + rest) * Self.millisecond + database,
                    attributes: attributes, resource: resource(service))
            }
            let root = span("gateway", "POST /checkout", .server, 0, 40)
            let call = span("gateway", "POST", .client, 10, 20, in: root)
            let entry = span("inventory", "POST /reservations", .server, 15, 10, in: call)
            let select = span(
                "inventory", "SELECT stock", .client, 20, 0, in: entry,
                [Attribute("db.system.name", "sqlite"), Attribute("db.namespace", "stock")])
            let record = LogRecord(
                time: entry.start, severityNumber: Severity.info.rawValue, body: .string("reserved 3 of p-24"),
                traceID: trace, spanID: entry.spanID, resource: resource("inventory"))
            return ([root, call, entry, select], record)
        }

        private func requests(around time: UInt64, database: UInt64) -> (spans: [Span], records: [LogRecord]) {
            let all = (0..<40).map { (index: UInt64) in
                request(
                    at: time + index * .nanosecondsPerSecond, database: (database + index % 3) * Self.millisecond)
            }
            return (all.flatMap(\.spans), all.map(\.record))
        }

        private func file(_ spans: [Span]) throws -> URL {
            let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).json")
            try Data(OTLPJSON.fromProtobuf(OTLP.encode(spans), .traces)).write(to: file)
            return file
        }

        @Test("the service that got slower between two windows is named, with its traces and what was looked at")
        func baseline() async throws {
            let now = UInt64(Date().timeIntervalSince1970 * 1e9)
            let before = requests(around: now - 8 * Self.minute, database: 6)
            let after = requests(around: now - 3 * Self.minute, database: 48)
            let collector = try await Collector.start()
            let protobuf = ["Content-Type": "application/x-protobuf"]
            let traces = try await collector.post("/v1/traces", OTLP.encode(before.spans + after.spans), protobuf)
            let logs = try await collector.post("/v1/logs", OTLP.encode(before.records + after.records), protobuf)
            #expect(traces.status == 200 && logs.status == 200)

            let command = ["explain", "--window", "5m", "--baseline", "0s", "--api", collector.api, "--width", "200"]
            let result = try await Program.run(Program.path("clew"), command)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("inventory is the cause: "), "\(result.output)")
            #expect(result.output.contains("now: 40 traces, 160 spans, 40 log records, "), "\(result.output)")
            #expect(result.output.contains("baseline: 40 traces, 160 spans, 40 log records, "), "\(result.output)")
            #expect(result.output.contains(/example: clew trace [0-9a-f]{32} --api/), "\(result.output)")
            // Progress is for terminals.
            #expect(result.errors.isEmpty, "\(result.errors)")

            let silent = try await Program.run(Program.path("clew"), command + ["--no-logs", "--md"])
            #expect(silent.output.hasPrefix("inventory is the cause: ") || silent.output.hasPrefix("**inventory** is"))
            #expect(silent.output.contains("Without log records"), "\(silent.output)")

            let nowhere = try await Program.run(
                Program.path("clew"), ["explain", "--window", "5m", "--baseline", "1d", "--api", collector.api])
            #expect(nowhere.status == 1)
            #expect(nowhere.errors.contains("the baseline has no traces"), "\(nowhere.errors)")
            try await collector.stop()
        }

        @Test("two files are compared as two windows are")
        func files() async throws {
            let start: UInt64 = 1_795_356_000 * .nanosecondsPerSecond
            let (before, after) = (
                try file(requests(around: start, database: 6).spans),
                try file(requests(around: start, database: 48).spans)
            )
            defer {
                try? FileManager.default.removeItem(at: before)
                try? FileManager.default.removeItem(at: after)
            }
            let result = try await Program.clew(
                "explain", "--file", after.path, "--baseline-file", before.path, "--width", "200")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("inventory is the cause: "), "\(result.output)")
        }
    }
}
