import ClewModel
import ClewWire
import Foundation
import Testing

extension Integration {
    @Suite("The files, read by a stranger with docs/format.md")
    struct FormatTests {
        private struct Row: Decodable, Hashable {
            var trace: String
            var span: String
            var parent: String
            var start: UInt64
            var end: UInt64
            var kind: Int
            var name: String
            var attributes: [String: String]
        }

        @Test("every span is there, from the partitions and from the journal of a collector that was killed")
        func spans() async throws {
            var collector = try await Collector.start()
            let directory = collector.directory
            let headers = ["Content-Type": "application/x-protobuf"]
            // More than one page, and more attribute values than a shared dictionary has.
            let first = (0..<100).flatMap { _ in TestSpans.trace(spans: 30) }
            #expect(try await collector.post("/v1/traces", OTLP.encode(first), headers).status == 200)
            collector.process.terminate()
            #expect(await collector.process.status() == 0)
            collector = try await Collector.start(in: directory)
            let second = TestSpans.trace(spans: 50)
            #expect(try await collector.post("/v1/traces", OTLP.encode(second), headers).status == 200)
            collector.process.kill()
            _ = await collector.process.status()

            let script = Program.repository.appending(path: "Tests/Integration/Python/read_store.py").path
            let result = try await Program.run(Program.python, [script, directory])
            #expect(result.status == 0, "\(result.errors)")
            let rows = try result.output.split(separator: "\n").map {
                try JSONDecoder().decode(Row.self, from: Data($0.utf8))
            }
            #expect(rows.count == first.count + second.count)
            #expect(Set(rows) == Set((first + second).map(Self.row)))
            try FileManager.default.removeItem(atPath: directory)
        }

        private static func row(_ span: Span) -> Row {
            Row(
                trace: span.traceID.hex, span: span.spanID.hex, parent: span.parentSpanID?.hex ?? SpanID(0).hex,
                start: span.start, end: span.end, kind: Int(span.kind.rawValue), name: span.name,
                attributes: Dictionary(span.attributes.map { ($0.key, encoded($0.value)) }) { first, _ in first })
        }

        /// An OTLP `AnyValue` as hexadecimal digits.
        private static func encoded(_ value: AttributeValue) -> String {
            var bytes: [UInt8] = []
            switch value {
            case .string(let text): bytes = [0x0A, UInt8(text.utf8.count)] + text.utf8
            case .int(let number): bytes = [0x18, UInt8(number)]
            default: Issue.record("\(value) is not among the attributes of test spans")
            }
            return bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
        }
    }
}
