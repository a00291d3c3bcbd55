/// `google.rpc.Status`: the body of an OTLP answer that refuses the request.
///
/// Of its details only `google.rpc.RetryInfo` is written, and read from protobuf.
///
/// Source: OTLP specification, "Failures": "the response body MUST be a Protobuf-encoded Status message", and "OTLP/gRPC
/// Throttling" for the RetryInfo; google/rpc/status.proto, google/rpc/error_details.proto.
public struct StatusMessage: Hashable, Sendable {
    /// A gRPC status code; see ``Code``.
    public var code: Int32
    /// For the developer who reads it: what is wrong and what to do.
    public var message: String
    /// When the request should be sent again, in whole seconds; `nil` where sending it again cannot help or nothing is known.
    public var retryDelay: Int?

    private static let retryInfoType = "type.googleapis.com/google.rpc.RetryInfo"

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

    public init(_ code: Code, _ message: String, retryDelay: Int? = nil) {
        self.code = code.rawValue
        self.message = message
        self.retryDelay = retryDelay
    }

    public var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        writer.nonZeroVarint(1, UInt64(bitPattern: Int64(code)))
        writer.nonEmptyString(2, message)
        if let retryDelay {
            // details: an Any (type_url, value) with a RetryInfo (retry_delay) with a Duration (seconds).
            writer.message(3) { any in
                any.string(1, Self.retryInfoType)
                any.message(2) { info in
                    info.message(1) { $0.nonZeroVarint(1, UInt64(bitPattern: Int64(retryDelay))) }
                }
            }
        }
        return writer.bytes
    }

    /// The JSON form, in which proto3 spells an `Any` with `@type` and the fields of what it holds.
    public func json() throws(WireError) -> [UInt8] {
        // The details are not in the schema, so they are left out here and put in behind the other fields.
        var json = try OTLPJSON.fromProtobuf(protobuf, .status)
        guard let retryDelay, json.last == UInt8(ascii: "}") else { return json }
        json.removeLast()
        if json.last != UInt8(ascii: "{") { json.append(UInt8(ascii: ",")) }
        json += Array(#""details":[{"@type":"\#(Self.retryInfoType)","retryDelay":"\#(retryDelay)s"}]}"#.utf8)
        return json
    }

    public init(protobuf: [UInt8]) throws(WireError) {
        (code, message) = (0, "")
        // Safe: bytes of an array have no padding.
        let bytes = unsafe protobuf.span.bytes
        var reader = ProtobufReader(bytes.all)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: code = Int32(truncatingIfNeeded: try field.varint())
            case 2: message = try field.text(bytes)
            case 3: try readDetail(bytes, try field.delimited())
            default: break
            }
        }
    }

    private mutating func readDetail(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) {
        var (type, value) = ("", 0..<0)
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: type = try field.text(bytes)
            case 2: value = try field.delimited()
            default: break
            }
        }
        guard type == Self.retryInfoType else { return }
        reader = ProtobufReader(value)
        while let field = try reader.next(bytes) {
            if field.number == 1 { retryDelay = try Self.seconds(bytes, try field.delimited()) }
        }
    }

    /// The seconds of a `google.protobuf.Duration`, rounded up, because less would be too early.
    private static func seconds(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) -> Int {
        var (seconds, nanoseconds) = (0, 0)
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: seconds = Int(truncatingIfNeeded: try field.varint())
            case 2: nanoseconds = Int(truncatingIfNeeded: try field.varint())
            default: break
            }
        }
        return seconds &+ (nanoseconds > 0 ? 1 : 0)
    }

    public init(json: [UInt8]) throws(WireError) {
        try self.init(protobuf: try OTLPJSON.toProtobuf(json, .status))
    }
}
