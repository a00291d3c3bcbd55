public import ClewModel

extension OTLP {
    /// The spans of a traces request, in the order in which they are on the wire.
    ///
    /// Spans with a ``RejectionReason`` are left out; decode into a ``SpanCollector`` to know how many and why.
    public static func decodeTraces(_ bytes: [UInt8]) throws(WireError) -> [Span] {
        var collector = SpanCollector()
        try decodeTraces(bytes, into: &collector)
        if let error = collector.error { throw error }
        return collector.spans
    }

    /// The records of a logs request, in the order in which they are on the wire.
    ///
    /// Records with a ``RejectionReason`` are left out; decode into a ``LogCollector`` to know how many and why.
    public static func decodeLogs(_ bytes: [UInt8]) throws(WireError) -> [LogRecord] {
        var collector = LogCollector()
        try decodeLogs(bytes, into: &collector)
        if let error = collector.error { throw error }
        return collector.records
    }

    /// The model of an encoded `Resource`, with the schema URL that stands beside it.
    public static func decodeResource(_ message: RawSpan, schemaURL: String) throws(WireError) -> Resource {
        var result = Resource(schemaURL: schemaURL)
        var reader = ProtobufReader(message.all)
        while let field = try reader.next(message) {
            switch field.number {
            case 1: result.attributes.append(try ValueReader().attribute(message, field))
            case 2: result.droppedAttributesCount = try field.uint32()
            default: break
            }
        }
        return result
    }

    /// The model of an encoded `InstrumentationScope`, with the schema URL that stands beside it.
    public static func decodeScope(
        _ message: RawSpan, schemaURL: String
    ) throws(WireError) -> InstrumentationScope {
        var result = InstrumentationScope(schemaURL: schemaURL)
        var reader = ProtobufReader(message.all)
        while let field = try reader.next(message) {
            switch field.number {
            case 1: result.name = try field.text(message)
            case 2: result.version = try field.text(message)
            case 3: result.attributes.append(try ValueReader().attribute(message, field))
            case 4: result.droppedAttributesCount = try field.uint32()
            default: break
            }
        }
        return result
    }

    /// The model of an encoded `AnyValue`; no bytes are `AttributeValue.empty`.
    public static func decodeValue(_ message: RawSpan) throws(WireError) -> AttributeValue {
        try ValueReader().value(message, message.all)
    }

    /// The model of an encoded `Span.Event`.
    public static func decodeEvent(_ message: RawSpan) throws(WireError) -> SpanEvent {
        var result = SpanEvent(time: 0, name: "")
        var reader = ProtobufReader(message.all)
        while let field = try reader.next(message) {
            switch field.number {
            case 1: result.time = try field.fixed64()
            case 2: result.name = try field.text(message)
            case 3: result.attributes.append(try ValueReader().attribute(message, field))
            case 4: result.droppedAttributesCount = try field.uint32()
            default: break
            }
        }
        return result
    }

    /// The model of an encoded `Span.Link`; ids of a wrong length become invalid ids.
    public static func decodeLink(_ message: RawSpan) throws(WireError) -> SpanLink {
        var result = SpanLink(traceID: .invalid, spanID: .invalid)
        var reader = ProtobufReader(message.all)
        while let field = try reader.next(message) {
            switch field.number {
            case 1: result.traceID = try field.traceID(message) ?? .invalid
            case 2: result.spanID = try field.spanID(message) ?? .invalid
            case 3: result.traceState = try field.text(message)
            case 4: result.attributes.append(try ValueReader().attribute(message, field))
            case 5: result.droppedAttributesCount = try field.uint32()
            case 6: result.flags = try field.fixed32()
            default: break
            }
        }
        return result
    }
}
