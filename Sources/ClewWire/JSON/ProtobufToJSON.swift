/// Turns protobuf into JSON, by the schema.
///
/// Recursion is bounded as in ``SchemaValidator``.
struct ProtobufToJSON: ~Copyable {
    private typealias Occurrence = (position: Int, field: ProtobufField)

    private let maximumDepth: Int
    private let table = FieldTable.otlp
    private var writer: JSONWriter

    private init(_ bytes: RawSpan, _ limits: WireLimits, pretty: Bool) {
        maximumDepth = limits.maximumDepth
        // Spans are a little more than twice as long in JSON; white space is not counted.
        writer = JSONWriter(pretty: pretty, capacity: bytes.byteCount / 2 * 5)
    }

    static func transcode(
        _ bytes: RawSpan, _ type: MessageType, _ limits: WireLimits, pretty: Bool
    ) throws(WireError) -> [UInt8] {
        var transcoder = ProtobufToJSON(bytes, limits, pretty: pretty)
        try transcoder.message(bytes, bytes.all, type, depth: 0)
        return transcoder.writer.bytes
    }

    /// - Parameter depth: How many attribute values enclose the message.
    private mutating func message(
        _ bytes: RawSpan, _ range: Range<Int>, _ type: MessageType, depth: Int
    ) throws(WireError) {
        let depth = type == .anyValue ? depth + 1 : depth
        guard depth <= maximumDepth else { throw .tooDeep(maximumDepth, at: range.lowerBound) }
        var reader = ProtobufReader(range)
        var next = try reader.next(bytes)
        // One field alone, as values have, is in order.
        let isInOrder = reader.isAtEnd ? true : try isInOrder(bytes, range, type)
        writer.begin("{")
        var list: Int?
        if isInOrder {
            while let field = next {
                if let position = table.position(type, numbered: field.number) {
                    try entry(bytes, type, (position, field), &list, depth: depth)
                }
                next = try reader.next(bytes)
            }
        } else {
            for occurrence in try sortedFields(bytes, range, type) {
                try entry(bytes, type, occurrence, &list, depth: depth)
            }
        }
        if list != nil { writer.end("]") }
        writer.end("}")
    }

    /// Writes a field, or one more occurrence of a repeated one.
    ///
    /// - Parameter list: The position of the field whose array is open; it ends where another field begins.
    @inline(__always)
    private mutating func entry(
        _ bytes: RawSpan, _ type: MessageType, _ occurrence: Occurrence, _ list: inout Int?, depth: Int
    ) throws(WireError) {
        let (position, field) = occurrence
        let descriptor = table.field(type, position)
        if list != position {
            if list != nil { writer.end("]") }
            writer.name(table.quotedName(type, position))
            list = descriptor.presence == .repeated ? position : nil
            if list != nil { writer.begin("[") }
        }
        if list != nil {
            try elements(bytes, field, descriptor.kind, depth: depth)
        } else {
            try value(bytes, field, descriptor.kind, depth: depth)
        }
    }

    /// Whether the known fields of a message can be written as they come, as senders send them: by their place in the schema,
    /// only one member of a `oneof`, and no field twice that is not repeated.
    ///
    /// Throws where the bytes are not fields; what the fields hold is not looked into.
    private func isInOrder(_ bytes: RawSpan, _ range: Range<Int>, _ type: MessageType) throws(WireError) -> Bool {
        var (next, hasOneof, isInOrder) = (0, false, true)
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            guard let position = table.position(type, numbered: field.number) else { continue }
            let presence = table.field(type, position).presence
            isInOrder = isInOrder && position >= next && !(hasOneof && presence == .oneof)
            hasOneof = hasOneof || presence == .oneof
            next = presence == .repeated ? position : position + 1
        }
        return isInOrder
    }

    /// The known fields of a message, by their place in the schema, then by their place on the wire; of the members of a
    /// `oneof`, and of a field that is not repeated, only the last.
    private func sortedFields(
        _ bytes: RawSpan, _ range: Range<Int>, _ type: MessageType
    ) throws(WireError) -> [Occurrence] {
        var fields: [Occurrence] = []
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            if let position = table.position(type, numbered: field.number) { fields.append((position, field)) }
        }
        // One bit for each position; no message has 32 fields.
        var (seen, hasOneof) = (UInt32(0), false)
        var kept: [Occurrence] = []
        for occurrence in fields.reversed() {
            let presence = table.field(type, occurrence.position).presence
            let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: occurrence.position)
            guard presence == .repeated || seen & bit == 0, !(hasOneof && presence == .oneof) else { continue }
            seen |= bit
            hasOneof = hasOneof || presence == .oneof
            kept.append(occurrence)
        }
        return kept.sorted { ($0.position, $0.field.offset) < ($1.position, $1.field.offset) }
    }

    /// The elements in one occurrence of a repeated field: several, if they are packed.
    private mutating func elements(
        _ bytes: RawSpan, _ field: ProtobufField, _ kind: FieldDescriptor.Kind, depth: Int
    ) throws(WireError) {
        if case .message(let type) = kind {
            writer.element()
            return try message(bytes, try field.delimited(), type, depth: depth)
        }
        try field.forEachScalar(bytes, kind.wireType) { bits in
            writer.element()
            scalar(bits, kind)
        }
    }

    private mutating func value(
        _ bytes: RawSpan, _ field: ProtobufField, _ kind: FieldDescriptor.Kind, depth: Int
    ) throws(WireError) {
        switch kind {
        case .message(let type): try message(bytes, try field.delimited(), type, depth: depth)
        case .string: writer.string(bytes, try field.string(bytes))
        case .hexBytes: writer.hexadecimal(bytes, try field.delimited())
        case .base64Bytes: writer.base64(bytes, try field.delimited())
        case let kind:
            try field.expect(kind.wireType)
            scalar(field.bits, kind)
        }
    }

    private mutating func scalar(_ bits: UInt64, _ kind: FieldDescriptor.Kind) {
        switch kind {
        case .bool: writer.bare(bits != 0 ? "true" : "false")
        case .int32, .enumeration: writer.number(Int64(Int32(truncatingIfNeeded: bits)))
        case .sint32: writer.number(Int64(ZigZag.decode(bits)))
        case .uint32, .fixed32: writer.number(Int64(UInt32(truncatingIfNeeded: bits)))
        case .int64, .sfixed64: writer.quotedNumber(Int64(bitPattern: bits))
        case .uint64, .fixed64, .unixTime: writer.quotedNumber(bits)
        case .double: double(Double(bitPattern: bits))
        case .string, .hexBytes, .base64Bytes, .message: break
        }
    }

    private mutating func double(_ value: Double) {
        if value.isNaN {
            writer.bare("\"NaN\"")
        } else if value.isInfinite {
            writer.bare(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        } else {
            writer.bare(value.description)
        }
    }
}
