import ClewModel
import ClewWire
import Testing

@Suite("Round trips")
struct RoundTripTests {
    @Test("spans survive protobuf with every field", arguments: 0..<20)
    func spans(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let spans = random.spans(25)
        #expect(try OTLP.decodeTraces(OTLP.encode(spans)) == spans)
    }

    @Test("log records survive protobuf with every field", arguments: 0..<20)
    func records(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let records = random.records(25)
        #expect(try OTLP.decodeLogs(OTLP.encode(records)) == records)
    }

    @Test("metrics of every kind survive protobuf", arguments: 0..<20)
    func metrics(seed: UInt64) throws {
        var random = RandomTelemetry(seed: seed)
        let metrics = random.metrics(25)
        #expect(try OTLP.decodeMetrics(OTLP.encode(metrics)) == metrics)
    }
}
