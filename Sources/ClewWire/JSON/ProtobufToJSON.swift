/// Turns protobuf into JSON, by the schema.
///
/// Recursion is bounded as in ``SchemaValidator``.
struct ProtobufToJSON {
    private typealias Occurrence = (position: Int, field: ProtobufField)

    private let maximumDepth: Int
    private var writer: JSONWriter

    init(_ limits: WireLimits, pretty: Bool) {
        maximumDepth = limits.maximumDepth
        writer = JSONWriter(pretty: pretty)
    }

    mutating func transcode(_ bytes: RawSpan, _ type: MessageType) throws(WireError) -> [UInt8] {
        try message(bytes, bytes.all, type, depth: 0)
        return writer.bytes
    }

    /// - Parameter depth: How many attribute values enclose the message.
    private mutating func message(
        _ bytes: RawSpan, _ range: Range<Int>, _ type: MessageType, depth: Int
    ) throws(WireError) {
        let depth = type == .anyValue ? depth + 1 : depth
        guard depth <= maximumDepth else { throw .tooDeep(maximumDepth, at: range.lowerBound) }
        let descriptor = type.descriptor
        var rest = try Self.fields(bytes, range, descriptor)[...]
        writer.begin("{")
        while let (position, _) = rest.first {
            let occurrences = rest.prefix { $0.position == position }
            rest = rest[occurrences.endIndex...]
            writer.name(descriptor.jsonNames[position])
            let field = descriptor.fields[position]
            if field.presence == .repeated {
                writer.begin("[")
                for occurrence in occurrences { try elements(bytes, occurrence.field, field.kind, depth: depth) }
                writer.end("]")
            } else if let last = occurrences.last {
                try value(bytes, last.field, field.kind, depth: depth)
            }
        }
        writer.end("}")
    }

    /// The known fields of a message, by their place in the schema, then by their place on the wire; of the members of a
    /// `oneof` only the last.
    private static func fields(
        _ bytes: RawSpan, _ range: Range<Int>, _ descriptor: MessageDescriptor
    ) throws(WireError) -> [Occurrence] {
        var result: [Occurrence] = []
        var oneof: Int?
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            guard let position = descriptor.position(of: field.number) else { continue }
            if descriptor.fields[position].presence == .oneof {
                if let oneof, oneof != position { result.removeAll { $0.position == oneof } }
                oneof = position
            }
            result.append((position, field))
        }
        return result.sorted { ($0.position, $0.field.offset) < ($1.position, $1.field.offset) }
    }

    /// The elements in one occurrence of a repeated field: several, if they are packed.
    private mutating func elements(
        _ bytes: RawSpan, _ field: ProtobufField, _ kind: FieldDescriptor.Kind, depth: Int
    ) throws(WireError) {
        if case .message = kind {
            writer.element()
            return try value(bytes, field, kind, depth: depth)
        }
        var scalars: [UInt64] = []
        try field.forEachScalar(bytes, kind.wireType) { scalars.append($0) }
        for bits in scalars {
            writer.element()
            scalar(bits, kind)
        }
    }

    private mutating func value(
        _ bytes: RawSpan, _ field: ProtobufField, _ kind: FieldDescriptor.Kind, depth: Int
    ) throws(WireError) {
        switch kind {
        case .message(let type): try message(bytes, try field.delimited(), type, depth: depth)
        case .string: writer.string([UInt8](copying: bytes.extracting(try field.string(bytes))))
        case .hexBytes:
            writer.quoted(Hexadecimal.encode([UInt8](copying: bytes.extracting(try field.delimited()))))
        case .base64Bytes: writer.quoted(Base64.encode([UInt8](copying: bytes.extracting(try field.delimited()))))
        case let kind:
            try field.expect(kind.wireType)
            scalar(field.bits, kind)
        }
    }

    private mutating func scalar(_ bits: UInt64, _ kind: FieldDescriptor.Kind) {
        switch kind {
        case .bool: writer.bare(bits != 0 ? "true" : "false")
        case .int32, .enumeration: writer.bare(String(Int32(truncatingIfNeeded: bits)))
        case .sint32: writer.bare(String(ZigZag.decode(bits)))
        case .uint32, .fixed32: writer.bare(String(UInt32(truncatingIfNeeded: bits)))
        case .int64, .sfixed64: writer.quoted(String(Int64(bitPattern: bits)).utf8)
        case .uint64, .fixed64: writer.quoted(String(bits).utf8)
        case .double: double(Double(bitPattern: bits))
        case .string, .hexBytes, .base64Bytes, .message: break
        }
    }

    private mutating func double(_ value: Double) {
        if value.isNaN {
            writer.quoted("NaN".utf8)
        } else if value.isInfinite {
            writer.quoted((value < 0 ? "-Infinity" : "Infinity").utf8)
        } else {
            writer.bare(value.description)
        }
    }
}
