import ClewModel
import ClewWire
import Testing

/// Inputs that no sender means: each must be read, or refused with an error whose offset lies in the input.
@Suite("Fuzzing")
struct FuzzTests {
    private static let limit = 1 << 20

    /// Runs every decoder over the bytes; a trap ends the test process.
    private static func decodeAll(_ bytes: [UInt8]) {
        attempt(bytes) { bytes throws(WireError) in
            let spans = try OTLP.decodeTraces(bytes)
            #expect(try OTLP.decodeTraces(OTLP.encode(spans)).count == spans.count)
        }
        attempt(bytes) { bytes throws(WireError) in
            let records = try OTLP.decodeLogs(bytes)
            #expect(try OTLP.decodeLogs(OTLP.encode(records)).count == records.count)
        }
        attempt(bytes) { bytes throws(WireError) in
            let metrics = try OTLP.decodeMetrics(bytes)
            #expect(try OTLP.decodeMetrics(OTLP.encode(metrics)).count == metrics.count)
        }
        attempt(bytes) { bytes throws(WireError) in _ = try OTLP.decodeValue(unsafe bytes.span.bytes) }
        attempt(bytes) { bytes throws(WireError) in _ = try ExportResponse(protobuf: bytes) }
        attempt(bytes) { bytes throws(WireError) in _ = try Gzip.decompress(bytes, limit: limit) }
        attempt(bytes) { bytes throws(WireError) in _ = try UDPHeader.parse(bytes) }
        for message in OTLPMessage.allCases {
            attempt(bytes) { bytes throws(WireError) in
                let json = try OTLPJSON.fromProtobuf(bytes, message)
                // What was written must be readable, whatever it was written from.
                _ = try OTLPJSON.toProtobuf(json, message)
            }
            attempt(bytes) { bytes throws(WireError) in
                let protobuf = try OTLPJSON.toProtobuf(bytes, message)
                let json = try OTLPJSON.fromProtobuf(protobuf, message)
                #expect(try OTLPJSON.toProtobuf(json, message) == protobuf)
            }
        }
    }

    private static func attempt(_ bytes: [UInt8], _ decode: ([UInt8]) throws(WireError) -> Void) {
        do {
            try decode(bytes)
        } catch {
            #expect((0...bytes.count).contains(error.offset), "\(error)")
            #expect(!error.message.isEmpty)
        }
    }

    /// Small valid inputs of every format.
    private static func seeds(_ random: inout RandomTelemetry) throws -> [[UInt8]] {
        let (traces, logs) = (OTLP.encode(random.spans(2)), OTLP.encode(random.records(2)))
        let metrics = OTLP.encode(random.metrics(2))
        return [
            traces, logs, metrics, try OTLPJSON.fromProtobuf(traces, .traces), try OTLPJSON.fromProtobuf(logs, .logs),
            try OTLPJSON.fromProtobuf(metrics, .metrics, pretty: true), try Gzip.compress(traces),
            try UDPHeader(signal: .traces, sourceID: 1, sequence: 1).datagram(traces),
        ]
    }

    @Test("random bytes", arguments: 0..<8)
    func randomBytes(seed: UInt64) {
        var random = RandomTelemetry(seed: seed)
        for _ in 0..<200 { Self.decodeAll(random.list(upTo: 80) { UInt8(truncatingIfNeeded: $0.generator.next()) }) }
    }

    @Test("valid input cut at each byte", arguments: 0..<2)
    func truncations(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        for bytes in try Self.seeds(&random) {
            for count in 0..<min(bytes.count, 1500) { Self.decodeAll(Array(bytes[..<count])) }
        }
    }

    @Test("valid input with bits flipped and bytes changed", arguments: 0..<8)
    func mutations(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        for bytes in try Self.seeds(&random) where !bytes.isEmpty {
            for _ in 0..<60 {
                var mutated = bytes
                for _ in 0..<random.pick([1, 1, 2, 8]) {
                    let index = Int.random(in: 0..<bytes.count, using: &random.generator)
                    mutated[index] =
                        random.chance(50)
                        ? mutated[index] ^ (1 << UInt8.random(in: 0..<8, using: &random.generator))
                        : random.pick([0, 0x7F, 0x80, 0xFF, UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "]")])
                }
                Self.decodeAll(mutated)
            }
        }
    }
}
