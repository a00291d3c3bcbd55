import ClewModel
import ClewWire
import Foundation
import NIOCore
import NIOPosix
import Testing

extension Integration {
    @Suite("Bad input: a clear answer, nothing lost, and the collector still serves")
    struct BadInputTests {
        static let protobuf = ["Content-Type": "application/x-protobuf"]
        static let json = ["Content-Type": "application/json"]
        static let gzip = protobuf.merging(["Content-Encoding": "gzip"]) { $1 }

        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var body: [UInt8]
            var headers: [String: String] = BadInputTests.protobuf
            var status: Int
            /// Text that the answer's body must contain.
            var says: String
            var testDescription: String { name }

            static func json(_ name: String, _ text: String, says: String) -> Case {
                Case(name: name, body: Array(text.utf8), headers: BadInputTests.json, status: 400, says: says)
            }
        }

        static func oneSpan(_ change: (inout Span) -> Void) -> [UInt8] {
            var span = TestSpans.trace(spans: 1)[0]
            change(&span)
            return OTLP.encode([span])
        }

        /// A request of one span by its raw bytes, which the model cannot express.
        static func rawSpan(trace: [UInt8], span: [UInt8], name: [UInt8]) -> [UInt8] {
            func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
                [number << 3 | 2, UInt8(content.count)] + content
            }
            return field(1, field(2, field(2, field(1, trace) + field(2, span) + field(5, name))))
        }

        static func spanWithIDs(trace: [UInt8], span: [UInt8]) -> [UInt8] {
            rawSpan(trace: trace, span: span, name: Array("x".utf8))
        }

        static func spanNamed(_ name: [UInt8]) -> [UInt8] {
            rawSpan(trace: [UInt8](repeating: 1, count: 16), span: [UInt8](repeating: 1, count: 8), name: name)
        }

        static let cases: [Case] = {
            let valid = OTLP.encode(TestSpans.trace(spans: 20))
            var generator = SystemRandomNumberGenerator()
            let random = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let zipped = (try? Gzip.compress(valid)) ?? []
            let bomb = (try? Gzip.compress([UInt8](repeating: 0, count: 200 << 20), level: 9)) ?? []
            let deepJSON = String(repeating: #"{"arrayValue":{"values":["#, count: 10_000)
            let tooMany = oneSpan { span in
                span.attributes = (0..<1_000_000).map { Attribute("k\($0)", .int(1)) }
            }
            return [
                Case(name: "truncated protobuf", body: Array(valid.dropLast(7)), status: 400, says: "byte"),
                Case(
                    name: "random protobuf", body: [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F] + random, status: 400,
                    says: "byte"),
                .json("truncated JSON", #"{"resourceSpans":[{"scopeSpans":[{"#, says: "byte"),
                .json("random JSON", String(decoding: random, as: UTF8.self), says: "byte"),
                .json(
                    "JSON nested 10 000 deep",
                    #"{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":"# + deepJSON, says: "byte"),
                Case(name: "no content type", body: valid, headers: [:], status: 415, says: "application/x-protobuf"),
                Case(
                    name: "wrong content type", body: valid, headers: ["Content-Type": "text/html"], status: 415,
                    says: "text/html"),
                Case(
                    name: "unknown encoding", body: valid, headers: protobuf.merging(["Content-Encoding": "br"]) { $1 },
                    status: 415, says: "gzip"),
                Case(
                    name: "broken gzip", body: Array(zipped.dropLast(9)), headers: gzip, status: 400, says: "compressed"
                ),
                Case(name: "gzip that is none", body: valid, headers: gzip, status: 400, says: "compressed"),
                Case(name: "gzip bomb", body: bomb, headers: gzip, status: 413, says: "bytes"),
                Case(
                    name: "a body of 100 MB", body: [UInt8](repeating: 0, count: 100 << 20), status: 413, says: "larger"
                ),
                Case(name: "a million attributes", body: tooMany, status: 200, says: "attributes"),
                Case(
                    name: "zero ids",
                    body: spanWithIDs(trace: [UInt8](repeating: 0, count: 16), span: [UInt8](repeating: 0, count: 8)),
                    status: 200, says: "trace_id"),
                Case(
                    name: "odd-length ids", body: spanWithIDs(trace: [1, 2, 3], span: [1, 2, 3, 4, 5, 6, 7]),
                    status: 200,
                    says: "trace_id"),
                Case(
                    name: "invalid UTF-8", body: spanNamed([0xFF]), status: 400,
                    says: "UTF-8"),
                .json(
                    "odd-length id in JSON", #"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"abc"}]}]}]}"#,
                    says: "byte"),
            ]
        }()

        @Test("each is refused with the right status and a reason; what came before is kept")
        func refusals() async throws {
            let collector = try await Collector.start()
            let before = TestSpans.trace(spans: 5)
            #expect(try await collector.post("/v1/traces", OTLP.encode(before), Self.protobuf).status == 200)
            for bad in Self.cases {
                do {
                    let answer = try await collector.post("/v1/traces", bad.body, bad.headers)
                    #expect(answer.status == bad.status, "\(bad.name): \(answer.text)")
                    #expect(answer.text.contains(bad.says), "\(bad.name): \(answer.text)")
                } catch  where bad.status == 413 {
                    // The server may close while the client still writes; that it serves on is checked below.
                }
                #expect(try await collector.get("/healthz").status == 200, "after \(bad.name)")
            }
            let trace = try await Program.clew("trace", before[0].traceID.hex, "--api", collector.api)
            #expect(trace.status == 0)
            try await collector.stop()
        }

        @Test(
            "odd times are stored as they were sent",
            arguments: [
                (0 as UInt64, 1 as UInt64), (4_102_444_800_000_000_000, 4_102_444_800_000_000_001), (2000, 1000),
            ]
        )
        func oddTimes(start: UInt64, end: UInt64) async throws {
            let collector = try await Collector.start()
            let id = TraceID.random()
            var span = TestSpans.trace(id, spans: 1)[0]
            (span.start, span.end) = (start, end)
            #expect(try await collector.post("/v1/traces", OTLP.encode([span]), Self.protobuf).status == 200)
            let result = try await Program.clew("trace", id.hex, "--json", "--api", collector.api)
            let document = try OTLPJSON.toProtobuf(Array(result.output.utf8), .traces)
            #expect(try OTLP.decodeTraces(document) == [span])
            try await collector.stop()
        }

        @Test("datagrams that are halved, forged or empty are counted, and good ones still arrive")
        func datagrams() async throws {
            let collector = try await Collector.start()
            let spans = TestSpans.trace(spans: 3)
            let whole = OTLP.encode(spans)
            let forged: [UInt8] = [0x0A, 0xFF, 0xFF, 0xFF, 0x7F] + whole
            try await Datagrams.send(
                [Array(whole.prefix(whole.count / 2)), forged, [], whole], to: collector.addresses.otlpUDP)
            _ = try await eventually("the good datagram is stored") {
                try await collector.get("/api/v1/traces/\(spans[0].traceID.hex)").status == 200 ? true : nil
            }
            let refused = try await eventually("the bad ones are counted") {
                let count = try await collector.metric("clew_refused_requests_total{")
                return count >= 2 ? count : nil
            }
            #expect(refused >= 2)
            try await collector.stop()
        }
    }

    enum Datagrams {
        static func send(_ payloads: [[UInt8]], to address: String) async throws {
            let parts = address.split(separator: ":")
            guard parts.count == 2, let port = Int(parts[1]) else { throw TestFailure("not an address: \(address)") }
            let target = try SocketAddress(ipAddress: String(parts[0]), port: port)
            let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(
                host: "127.0.0.1", port: 0
            ).get()
            for payload in payloads {
                try await channel.writeAndFlush(
                    AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: payload)))
            }
            try await channel.close()
        }
    }

}
