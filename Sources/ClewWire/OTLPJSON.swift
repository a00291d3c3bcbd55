/// OTLP in its JSON form, by way of protobuf: JSON is turned into the bytes that ``OTLP`` reads, and back.
///
/// OTLP/JSON is proto3's JSON mapping, except that trace and span ids are hexadecimal and enumerations are integers.
/// Accepted beyond what OTLP asks for, as proto3's mapping has it: field names as in the `.proto` files, names of
/// enumeration values, 64-bit integers as numbers, numbers as strings, `null` for an absent field.
///
/// Source: OTLP specification, "JSON Protobuf Encoding"; protobuf documentation, "ProtoJSON Format".
public enum OTLPJSON {
    /// The canonical protobuf form of one JSON object: fields in the order of their numbers, defaults left out.
    ///
    /// Fields that the schema does not know are skipped. A field that occurs twice, or two members of one `oneof`, are
    /// errors: readers disagree about which of them counts.
    public static func toProtobuf(
        _ json: [UInt8], _ message: OTLPMessage, limits: WireLimits = .default
    ) throws(WireError) -> [UInt8] {
        // Safe: bytes of an array have no padding.
        try JSONToProtobuf.transcode(unsafe json.span.bytes, message.type, limits)
    }

    /// The JSON form of a protobuf message: lowerCamelCase names, hexadecimal ids, integer enumerations, 64-bit integers as
    /// strings.
    ///
    /// - Parameter pretty: Over several lines with two spaces a level, instead of without any white space.
    public static func fromProtobuf(
        _ bytes: [UInt8], _ message: OTLPMessage, pretty: Bool = false
    ) throws(WireError) -> [UInt8] {
        // Safe: bytes of an array have no padding.
        try ProtobufToJSON.transcode(unsafe bytes.span.bytes, message.type, .default, pretty: pretty)
    }
}
