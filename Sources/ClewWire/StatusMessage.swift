/// `google.rpc.Status`: the body of an OTLP answer that refuses the request; its details are not read.
///
/// Source: OTLP specification, "Failures": "the response body MUST be a Protobuf-encoded Status message".
public struct StatusMessage: Hashable, Sendable {
    /// A gRPC status code; see ``Code``.
    public var code: Int32
    /// For the developer who reads it: what is wrong and what to do.
    public var message: String

    /// The gRPC status codes that OTLP receivers answer with (google/rpc/code.proto).
    public enum Code: Int32, Hashable, Sendable, CaseIterable {
        /// The request cannot be understood; sending it again cannot help.
        case invalidArgument = 3
        /// Too much is under way, or the request is too large.
        case resourceExhausted = 8
        case unimplemented = 12
        case `internal` = 13
        /// The receiver cannot work now; sending the request again may help.
        case unavailable = 14
    }

    public init(_ code: Code, _ message: String) {
        self.code = code.rawValue
        self.message = message
    }

    public var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        writer.nonZeroVarint(1, UInt64(bitPattern: Int64(code)))
        writer.nonEmptyString(2, message)
        return writer.bytes
    }

    public func json() throws(WireError) -> [UInt8] { try OTLPJSON.fromProtobuf(protobuf, .status) }

    public init(protobuf: [UInt8]) throws(WireError) {
        (code, message) = (0, "")
        // Safe: bytes of an array have no padding.
        let bytes = unsafe protobuf.span.bytes
        var reader = ProtobufReader(bytes.all)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: code = Int32(truncatingIfNeeded: try field.varint())
            case 2: message = try field.text(bytes)
            default: break
            }
        }
    }

    public init(json: [UInt8]) throws(WireError) {
        try self.init(protobuf: try OTLPJSON.toProtobuf(json, .status))
    }
}
