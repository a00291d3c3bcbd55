/// Turns JSON into canonical protobuf, by the schema.
///
/// Recursion is bounded as in ``SchemaValidator``.
struct JSONToProtobuf: ~Copyable {
    private let maximumDepth: Int
    private let table = FieldTable.otlp
    private var reader: JSONReader
    private var writer: ProtobufWriter

    private init(_ json: RawSpan, _ limits: WireLimits) {
        maximumDepth = limits.maximumDepth
        reader = JSONReader(json.all)
        // JSON is more than twice as long as the protobuf that it says; numbers alone can be shorter.
        writer = ProtobufWriter(capacity: json.byteCount / 2)
    }

    static func transcode(_ json: RawSpan, _ type: MessageType, _ limits: WireLimits) throws(WireError) -> [UInt8] {
        var transcoder = JSONToProtobuf(json, limits)
        try transcoder.message(json, type, depth: 0)
        guard transcoder.reader.peek(json) == nil else {
            throw transcoder.reader.unexpected(json, "the end of the text")
        }
        return transcoder.writer.bytes
    }

    /// Writes the content of a message.
    ///
    /// - Parameter depth: How many attribute values enclose the message.
    private mutating func message(_ json: RawSpan, _ type: MessageType, depth: Int) throws(WireError) {
        let depth = type == .anyValue ? depth + 1 : depth
        guard depth <= maximumDepth else { throw .tooDeep(maximumDepth, at: reader.offset) }
        try reader.expect(json, "{")
        guard !reader.skip(json, "}") else { return }
        let start = writer.buffer.count
        var order = FieldOrder()
        repeat {
            let (position, nameOffset) = try fieldName(json, type, expecting: order.next)
            if reader.skip(json, literal: .null) { continue }
            guard let position else {
                try reader.skipValue(json, depth: maximumDepth)
                continue
            }
            let field = table.field(type, position)
            guard order.begin(position, field.presence) else {
                throw WireError(
                    .malformed, "'\(field.name)' occurs twice or with another of its kind", at: nameOffset)
            }
            try self.field(json, field, depth: depth)
        } while try reader.continues(json, until: "}")
        if !order.isAscending { try writer.sortFields(from: start) }
    }

    /// Reads the name of an entry: the field's position, `nil` if the schema does not have it, and where the name begins.
    ///
    /// Senders write fields in the order of the schema or close to it, so that the next one is tried first.
    private mutating func fieldName(
        _ json: RawSpan, _ type: MessageType, expecting next: Int
    ) throws(WireError) -> (position: Int?, offset: Int) {
        if let offset = try reader.skipName(json, table, type, next) { return (next, offset) }
        let name = try reader.name(json)
        let key = name.hasEscapes ? FieldName(try name.decoded(json)) : FieldName(json, name.range)
        return (key.flatMap { table.position(type, named: $0) }, name.range.lowerBound)
    }

    private mutating func field(_ json: RawSpan, _ field: FieldDescriptor, depth: Int) throws(WireError) {
        guard field.presence == .repeated else { return try value(json, field, depth: depth) }
        try reader.expect(json, "[")
        guard !reader.skip(json, "]") else { return }
        if case .message(let type) = field.kind {
            repeat {
                let mark = writer.begin(field.number)
                try message(json, type, depth: depth)
                writer.end(mark)
            } while try reader.continues(json, until: "]")
        } else {
            let mark = writer.begin(field.number)
            repeat {
                writer.scalar(field.kind.wireType, try reader.scalar(json, field.kind))
            } while try reader.continues(json, until: "]")
            writer.end(mark)
        }
    }

    /// Writes one value with its tag, or nothing if it is a default that need not be written.
    private mutating func value(_ json: RawSpan, _ field: FieldDescriptor, depth: Int) throws(WireError) {
        switch field.kind {
        case .message(let type):
            let mark = writer.begin(field.number)
            try message(json, type, depth: depth)
            writer.end(mark)
        case .string, .hexBytes, .base64Bytes: try bytes(json, field)
        case let kind:
            let bits = try reader.scalar(json, kind)
            guard bits != 0 || field.presence != .implicit else { return }
            writer.tag(field.number, kind.wireType)
            writer.scalar(kind.wireType, bits)
        }
    }

    private mutating func bytes(_ json: RawSpan, _ field: FieldDescriptor) throws(WireError) {
        let string = try reader.string(json)
        if string.range.isEmpty && field.presence == .implicit { return }
        if !string.hasEscapes && field.kind != .base64Bytes {
            return try bytes(json, string.range, field, at: string.range.lowerBound)
        }
        var content = try string.decoded(json)
        if field.kind == .base64Bytes {
            guard let bytes = Base64.decode(content) else {
                throw WireError(.malformed, "bytes are not base64", at: string.range.lowerBound)
            }
            content = bytes
        }
        // Safe: bytes of an array have no padding.
        try bytes(unsafe content.span.bytes, content.indices, field, at: string.range.lowerBound)
    }

    /// Writes bytes that are text, or hexadecimal digits.
    private mutating func bytes(
        _ text: RawSpan, _ range: Range<Int>, _ field: FieldDescriptor, at offset: Int
    ) throws(WireError) {
        guard field.kind == .hexBytes else { return writer.bytes(field.number, copying: text.extracting(range)) }
        writer.tag(field.number, .delimited)
        writer.varint(UInt64(range.count / 2))
        guard Hexadecimal.decode(text, range, into: &writer) else {
            throw WireError(.malformed, "an id is not pairs of hexadecimal digits", at: offset)
        }
    }
}

/// Which fields of a message were there, and whether they came in the order of their numbers.
private struct FieldOrder {
    /// One bit for each position; no message has 32 fields.
    private var seen: UInt32 = 0
    private var hasOneof = false
    private(set) var isAscending = true
    /// The position behind the last field.
    private(set) var next = 0

    /// Notes that a field begins; `false` if it, or another member of its `oneof`, was there before.
    @inline(__always)
    mutating func begin(_ position: Int, _ presence: FieldDescriptor.Presence) -> Bool {
        let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: position)
        guard seen & bit == 0, !(hasOneof && presence == .oneof) else { return false }
        seen |= bit
        hasOneof = hasOneof || presence == .oneof
        isAscending = isAscending && position >= next
        next = position + 1
        return true
    }
}

extension ProtobufWriter {
    /// Writes the bits of a scalar without a tag.
    mutating func scalar(_ wireType: ProtobufField.WireType, _ bits: UInt64) {
        switch wireType {
        case .varint: varint(bits)
        case .fixed32: fixed32(UInt32(truncatingIfNeeded: bits))
        case .fixed64, .delimited: fixed64(bits)
        }
    }
}
