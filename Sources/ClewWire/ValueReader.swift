import ClewModel

/// Reads attribute values into the model, to a bounded depth.
struct ValueReader {
    private let limit = WireLimits.default.maximumDepth

    /// The `KeyValue` in a field.
    func attribute(_ bytes: RawSpan, _ field: ProtobufField) throws(WireError) -> Attribute {
        try attribute(bytes, field, depth: 0)
    }

    /// The `AnyValue` in a range.
    func value(_ bytes: RawSpan, _ range: Range<Int>) throws(WireError) -> AttributeValue {
        try value(bytes, range, depth: 0)
    }

    private func attribute(_ bytes: RawSpan, _ field: ProtobufField, depth: Int) throws(WireError) -> Attribute {
        var result = Attribute("", .empty)
        var reader = ProtobufReader(try field.delimited())
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: result.key = try field.text(bytes)
            case 2: result.value = try value(bytes, try field.delimited(), depth: depth)
            default: break
            }
        }
        return result
    }

    private func value(_ bytes: RawSpan, _ range: Range<Int>, depth: Int) throws(WireError) -> AttributeValue {
        guard depth < limit else { throw .tooDeep(limit, at: range.lowerBound) }
        var result = AttributeValue.empty
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            switch field.number {
            case 1: result = .string(try field.text(bytes))
            case 2: result = .bool(try field.varint() != 0)
            case 3: result = .int(Int64(bitPattern: try field.varint()))
            case 4: result = .double(try field.double())
            case 5: result = .array(try array(bytes, try field.delimited(), depth: depth + 1))
            case 6: result = .keyValueList(try list(bytes, try field.delimited(), depth: depth + 1))
            case 7: result = .bytes([UInt8](copying: bytes.extracting(try field.delimited())))
            default: break
            }
        }
        return result
    }

    private func array(_ bytes: RawSpan, _ range: Range<Int>, depth: Int) throws(WireError) -> [AttributeValue] {
        var result: [AttributeValue] = []
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            if field.number == 1 { result.append(try value(bytes, try field.delimited(), depth: depth)) }
        }
        return result
    }

    private func list(_ bytes: RawSpan, _ range: Range<Int>, depth: Int) throws(WireError) -> [Attribute] {
        var result: [Attribute] = []
        var reader = ProtobufReader(range)
        while let field = try reader.next(bytes) {
            if field.number == 1 { result.append(try attribute(bytes, field, depth: depth)) }
        }
        return result
    }
}
