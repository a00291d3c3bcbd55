public import ClewModel

/// The answer to an export request that was accepted, wholly or in part: `ExportTraceServiceResponse` and its siblings.
///
/// Source: OTLP specification, "Full Success", "Partial Success".
public struct ExportResponse: Hashable, Sendable {
    /// How many spans, log records or data points were not accepted; the sender must not send them again.
    public var rejected: Int64
    /// Why some were rejected, or a warning where none were.
    public var message: String

    public init(rejected: Int64 = 0, message: String = "") {
        self.rejected = rejected
        self.message = message
    }

    /// The protobuf form, which is the same for all signals; no bytes on full success.
    public var protobuf: [UInt8] {
        guard self != ExportResponse() else { return [] }
        var writer = ProtobufWriter()
        writer.message(1) { writer in
            writer.nonZeroVarint(1, UInt64(bitPattern: rejected))
            writer.nonEmptyString(2, message)
        }
        return writer.bytes
    }

    /// The JSON form, in which the name of the count depends on the signal; `{}` on full success.
    public func json(_ signal: Signal) throws(WireError) -> [UInt8] {
        try OTLPJSON.fromProtobuf(protobuf, OTLPMessage(response: signal))
    }

    public init(protobuf: [UInt8]) throws(WireError) {
        self.init()
        // Safe: bytes of an array have no padding.
        let bytes = unsafe protobuf.span.bytes
        var reader = ProtobufReader(bytes.all)
        while let field = try reader.next(bytes) {
            if field.number == 1 { try readPartialSuccess(bytes, try field.delimited()) }
        }
    }

    public init(json: [UInt8], _ signal: Signal) throws(WireError) {
        try self.init(protobuf: try OTLPJSON.toProtobuf(json, OTLPMessage(response: signal)))
    }

    private mutating func readPartialSuccess(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) {
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: rejected = Int64(bitPattern: try field.varint())
            case 2: message = try field.text(bytes)
            default: break
            }
        }
    }
}

extension OTLPMessage {
    /// The request that carries a signal.
    public init(request signal: Signal) {
        self =
            switch signal {
            case .traces: .traces
            case .logs: .logs
            case .metrics: .metrics
            }
    }

    /// The answer to the request that carries a signal.
    public init(response signal: Signal) {
        self =
            switch signal {
            case .traces: .tracesResponse
            case .logs: .logsResponse
            case .metrics: .metricsResponse
            }
    }
}
