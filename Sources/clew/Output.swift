import ClewModel
import ClewWire
import Foundation

/// The JSON that `--json` prints.
enum Output {
    static func json(_ value: some Encodable) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            StandardStreams.write(Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
        } catch {
            throw Failure(.failed, "the answer cannot be written as JSON: \(error)")
        }
    }

    /// OTLP JSON `TracesData`.
    static func json(_ spans: [Span]) throws(Failure) {
        try otlp(OTLP.encode(spans), .traces)
    }

    /// OTLP JSON `LogsData`.
    static func json(_ records: [LogRecord]) throws(Failure) {
        try otlp(OTLP.encode(records), .logs)
    }

    private static func otlp(_ bytes: [UInt8], _ message: OTLPMessage) throws(Failure) {
        do {
            StandardStreams.write(try OTLPJSON.fromProtobuf(bytes, message, pretty: true) + [UInt8(ascii: "\n")])
        } catch {
            throw Failure(.failed, "the answer cannot be written as JSON: \(error)")
        }
    }
}
