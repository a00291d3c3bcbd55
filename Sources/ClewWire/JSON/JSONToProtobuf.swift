/// Turns JSON into canonical protobuf, by the schema.
///
/// Recursion is bounded as in ``SchemaValidator``.
struct JSONToProtobuf {
    private let maximumDepth: Int
    private var reader = JSONReader(0..<0)
    private var writer = ProtobufWriter()

    init(_ limits: WireLimits) {
        maximumDepth = limits.maximumDepth
    }

    mutating func transcode(_ json: RawSpan, _ type: MessageType) throws(WireError) -> [UInt8] {
        reader = JSONReader(json.all)
        try message(json, type, depth: 0)
        guard reader.peek(json) == nil else { throw reader.unexpected(json, "the end of the text") }
        return writer.bytes
    }

    /// Writes the content of a message.
    ///
    /// - Parameter depth: How many attribute values enclose the message.
    private mutating func message(_ json: RawSpan, _ type: MessageType, depth: Int) throws(WireError) {
        let depth = type == .anyValue ? depth + 1 : depth
        guard depth <= maximumDepth else { throw .tooDeep(maximumDepth, at: reader.offset) }
        try reader.expect(json, "{")
        guard !reader.skip(json, "}") else { return }
        let descriptor = type.descriptor
        var order = FieldOrder()
        repeat {
            let name = try reader.name(json)
            let position = descriptor.position(named: try name.decoded(json))
            if reader.skip(json, literal: "null") { continue }
            guard let position else {
                try reader.skipValue(json, depth: maximumDepth)
                continue
            }
            let field = descriptor.fields[position]
            guard order.begin(field, at: writer.bytes.count) else {
                throw WireError(
                    .malformed, "'\(field.name)' occurs twice or with another of its kind", at: name.range.lowerBound)
            }
            try self.field(json, field, depth: depth)
        } while try reader.continues(json, until: "}")
        order.sort(&writer)
    }

    private mutating func field(_ json: RawSpan, _ field: FieldDescriptor, depth: Int) throws(WireError) {
        guard field.presence == .repeated else { return try value(json, field, depth: depth) }
        try reader.expect(json, "[")
        guard !reader.skip(json, "]") else { return }
        if case .message = field.kind {
            repeat { try value(json, field, depth: depth) } while try reader.continues(json, until: "]")
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
        case .string, .hexBytes, .base64Bytes:
            let content = try bytes(json, field.kind)
            if !content.isEmpty || field.presence != .implicit { writer.bytes(field.number, content) }
        case let kind:
            let bits = try reader.scalar(json, kind)
            guard bits != 0 || field.presence != .implicit else { return }
            writer.tag(field.number, kind.wireType)
            writer.scalar(kind.wireType, bits)
        }
    }

    private mutating func bytes(_ json: RawSpan, _ kind: FieldDescriptor.Kind) throws(WireError) -> [UInt8] {
        let string = try reader.string(json)
        let content = try string.decoded(json)
        switch kind {
        case .hexBytes:
            guard let bytes = Hexadecimal.decode(content) else {
                throw WireError(.malformed, "an id is not pairs of hexadecimal digits", at: string.range.lowerBound)
            }
            return bytes
        case .base64Bytes:
            guard let bytes = Base64.decode(content) else {
                throw WireError(.malformed, "bytes are not base64", at: string.range.lowerBound)
            }
            return bytes
        default: return content
        }
    }
}

/// The fields of a message in the order in which they were written, to put them in the order of their numbers.
private struct FieldOrder {
    private var segments: [(number: UInt32, start: Int)] = []
    private var hasOneof = false

    /// Notes that a field begins; `false` if it, or another member of its `oneof`, was there before.
    mutating func begin(_ field: FieldDescriptor, at offset: Int) -> Bool {
        guard !segments.contains(where: { $0.number == field.number }), !(hasOneof && field.presence == .oneof) else {
            return false
        }
        hasOneof = hasOneof || field.presence == .oneof
        segments.append((field.number, offset))
        return true
    }

    /// Puts the fields, the last of which ends where the writer is, in order.
    func sort(_ writer: inout ProtobufWriter) {
        guard let first = segments.first, zip(segments, segments.dropFirst()).contains(where: { $0.number > $1.number })
        else { return }
        let ends = segments.dropFirst().map(\.start) + [writer.bytes.count]
        let ordered = zip(segments, ends).sorted { $0.0.number < $1.0.number }
        let content = ordered.flatMap { segment, end in writer.bytes[segment.start..<end] }
        writer.replace(from: first.start, with: content)
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
