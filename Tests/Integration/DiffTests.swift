import ClewModel
import ClewWire
import Foundation
import Testing

extension Integration {
    @Suite("Paths and comparisons")
    struct DiffTests {
        private static let route = "POST /checkout"

        /// Requests through a gateway to a service whose query takes some milliseconds; each 100 ms after the other.
        private static func requests(
            _ count: UInt64, query: UInt64, version: String, until end: UInt64
        ) -> [Span] {
            let milli: UInt64 = 1_000_000
            return (0..<count).flatMap { (index: UInt64) -> [Span] in
                let trace = TraceID.random()
                let start = end - (index + 1) * 100 * milli
                func span(
                    _ service: String, _ name: String, _ kind: SpanKind, _ from: UInt64, _ rest: UInt64,
                    in parent: Span? = nil
                ) -> Span {
                    let resource = Resource(attributes: [
                        Attribute("service.name", .string(service)), Attribute("service.version", .string(version)),
                    ])
                    return Span(
                        traceID: trace, spanID: .random(), parentSpanID: parent?.spanID, name: name, kind: kind,
                        start: start + from * milli, end: start + (from + query + rest) * milli, resource: resource)
                }
                let root = span("gateway", route, .server, 0, 8)
                let call = span("gateway", "POST", .client, 2, 4, in: root)
                let entry = span("orders", "POST /orders", .server, 3, 2, in: call)
                var select = span("orders", "SELECT", .client, 4, 0, in: entry)
                select.attributes = [Attribute("db.system.name", "sqlite"), Attribute("db.namespace", "orders")]
                return [root, call, entry, select]
            }
        }

        private static func file(_ spans: [Span]) throws -> String {
            let file = FileManager.default.temporaryDirectory.appending(path: "clew-\(UUID().uuidString).json")
            try Data(OTLPJSON.fromProtobuf(OTLP.encode(spans), .traces)).write(to: file)
            return file.path
        }

        private static func now() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1e9) }

        @Test("a file that got slower is told apart from one that did not, and ends with exit code 3 where told to")
        func files() async throws {
            let before = try Self.file(Self.requests(10, query: 20, version: "1", until: Self.now()))
            let again = try Self.file(Self.requests(10, query: 20, version: "1", until: Self.now()))
            let slower = try Self.file(Self.requests(10, query: 62, version: "1", until: Self.now()))
            defer { for path in [before, again, slower] { try? FileManager.default.removeItem(atPath: path) } }

            let bad = try await Program.clew("diff", before, slower, "--fail-on", ">10%,>30ms", "--width", "200")
            #expect(bad.status == 3, "\(bad.errors)")
            #expect(
                bad.output.hasPrefix(
                    "POST /checkout got 150 % slower: +42ms (28ms → 70ms), "
                        + "of which +42ms in orders → database orders (SELECT).\n"), "\(bad.output)")
            #expect(bad.errors.hasPrefix("clew: --fail-on >10%,>30ms: POST /checkout got 150 % slower"))
            let tolerated = try await Program.clew("diff", before, slower, "--fail-on", ">50ms", "--md")
            #expect(tolerated.status == 0, "\(tolerated.errors)")
            #expect(tolerated.output.contains("```text\n"))

            // Other ids and times, the same behaviour: the same bytes.
            let same = try await Program.clew("diff", before, again, "--fail-on", ">1%")
            #expect(same.status == 0, "\(same.errors)")
            #expect(same.output.hasPrefix("POST /checkout takes as long as before, 28ms on average.\n"))
            let twice = try await Program.clew("diff", before, before, "--fail-on", ">1%")
            #expect(same.output.replacing(again, with: before) == twice.output)

            let lost = try await Program.clew("diff", before, slower, "--route", "GET /lost")
            #expect(lost.status == 1 && lost.errors.contains("on both sides"), "\(lost.errors)")
        }

        @Test("a collector compares versions and two traces, and merges a route, as a file of its spans does")
        func collector() async throws {
            let end = Self.now()
            let old = Self.requests(10, query: 20, version: "1.0.0", until: end - 2 * .nanosecondsPerSecond)
            let new = Self.requests(10, query: 62, version: "1.1.0", until: end)
            let file = try Self.file(old + new)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let collector = try await Collector.start()
            let answer = try await collector.post(
                "/v1/traces", OTLP.encode(old + new), ["Content-Type": "application/x-protobuf"])
            #expect(answer.status == 200)

            let values = ["diff", "1.0.0", "1.1.0", "--by", "service.version", "--route", Self.route]
            let ids = [old, new].compactMap(\.first?.traceID.hex)
            for command in [values, ["diff"] + ids, ["diff"] + ids + ["--json"]] {
                let fromFile = try await Program.run(Program.path("clew"), command + ["--file", file])
                let fromCollector = try await Program.run(Program.path("clew"), command + ["--api", collector.api])
                #expect(fromFile.status == 0 && fromCollector.status == 0, "\(fromFile.errors)\(fromCollector.errors)")
                #expect(fromFile.output == fromCollector.output, "\(command)")
                #expect(fromFile.output.contains("SELECT"))
            }
            let path = try await Program.clew("path", Self.route, "--by", "service.version", "--api", collector.api)
            #expect(path.output.hasPrefix("POST /checkout by service.version: 1.1.0 is slowest, 70.0ms on average"))
            let unknown = try await Program.run(
                Program.path("clew"),
                ["diff", "1.0.0", "9", "--by", "service.version", "--api", collector.api])
            #expect(unknown.status == 1 && unknown.errors.contains("there are 1.0.0, 1.1.0"), "\(unknown.errors)")
            try await collector.stop()
        }
    }
}
