/// Checks that bytes are a message of the schema: its fields have the right wire types, its strings are UTF-8, its
/// nested messages are valid, and its values are not nested too deep.
///
/// Recursion is bounded: only values nest without end, and their depth is counted; other messages nest by the schema.
@usableFromInline
struct SchemaValidator {
    let maximumDepth: Int

    @usableFromInline
    init(_ limits: WireLimits) {
        maximumDepth = limits.maximumDepth
    }

    /// - Parameter depth: How many attribute values enclose the message.
    func check(_ bytes: RawSpan, _ range: Range<Int>, _ type: MessageType, depth: Int = 0) throws(WireError) {
        let depth = type == .anyValue ? depth + 1 : depth
        guard depth <= maximumDepth else { throw .tooDeep(maximumDepth, at: range.lowerBound) }
        let message = type.descriptor
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            guard let position = message.position(of: field.number) else { continue }
            try check(bytes, field, message.fields[position], depth: depth)
        }
    }

    private func check(
        _ bytes: RawSpan, _ field: ProtobufField, _ descriptor: FieldDescriptor, depth: Int
    ) throws(WireError) {
        switch descriptor.kind {
        case .string: _ = try field.string(bytes)
        case .message(let type): try check(bytes, try field.delimited(), type, depth: depth)
        case let kind where descriptor.presence == .repeated:
            try field.forEachScalar(bytes, kind.wireType) { _ in }
        case let kind: try field.expect(kind.wireType)
        }
    }

    @usableFromInline
    func checkResource(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) { try check(bytes, range, .resource) }

    @usableFromInline
    func checkScope(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) { try check(bytes, range, .scope) }

    @usableFromInline
    func checkEvent(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) { try check(bytes, range, .spanEvent) }

    @usableFromInline
    func checkLink(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) { try check(bytes, range, .spanLink) }

    /// Checks an `AnyValue`: scalars here, since nearly all values are, lists and what is in them by the schema.
    @usableFromInline
    func checkValue(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) {
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: _ = try field.string(bytes)
            case 2, 3: try field.expect(.varint)
            case 4: try field.expect(.fixed64)
            case 5: try check(bytes, try field.delimited(), .arrayValue, depth: 1)
            case 6: try check(bytes, try field.delimited(), .keyValueList, depth: 1)
            case 7: try field.expect(.delimited)
            default: break
            }
        }
    }

    /// The key and the value of a `KeyValue`, both valid; empty where absent.
    @usableFromInline
    func attribute(
        _ bytes: RawSpan, _ range: Range<Int>
    ) throws(WireError) -> (key: Range<Int>, value: Range<Int>) {
        var reader = ProtobufReader(range)
        var (key, value) = (0..<0, 0..<0)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: key = try field.string(bytes)
            case 2:
                value = try field.delimited()
                try checkValue(bytes, value)
            default: break
            }
        }
        return (key, value)
    }
}

extension WireError {
    static func tooDeep(_ limit: Int, at offset: Int) -> WireError {
        WireError(.tooDeep, "values are nested more than \(limit) deep", at: offset)
    }
}

extension ProtobufField {
    /// Calls `body` with each value of a repeated scalar, packed or not.
    func forEachScalar(
        _ bytes: RawSpan, _ element: WireType, _ body: (UInt64) -> Void
    ) throws(WireError) {
        guard wireType == .delimited else {
            try expect(element)
            return body(bits)
        }
        var reader = ProtobufReader(range)
        while !reader.isAtEnd {
            switch element {
            case .varint: body(try reader.varint(bytes))
            case .fixed64: body(try reader.fixed64(bytes))
            case .fixed32: body(UInt64(try reader.fixed32(bytes)))
            case .delimited: throw unexpectedWireType(element)
            }
        }
    }
}
