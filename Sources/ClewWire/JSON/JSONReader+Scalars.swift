extension JSONReader {
    /// Reads a scalar of the schema, as the bits that protobuf has for it.
    mutating func scalar(_ json: RawSpan, _ kind: FieldDescriptor.Kind) throws(WireError) -> UInt64 {
        switch kind {
        case .bool: try bool(json) ? 1 : 0
        case .int32: UInt64(bitPattern: Int64(try integer(json, as: Int32.self)))
        case .sint32: ZigZag.encode(try integer(json, as: Int32.self))
        case .uint32, .fixed32: UInt64(try integer(json, as: UInt32.self))
        case .int64, .sfixed64: UInt64(bitPattern: try integer(json, as: Int64.self))
        case .uint64, .fixed64: try integer(json, as: UInt64.self)
        case .double: try double(json).bitPattern
        case .enumeration(let type): UInt64(bitPattern: Int64(try enumeration(json, type)))
        case .string, .hexBytes, .base64Bytes, .message: throw unexpected(json, "a number")
        }
    }

    private mutating func bool(_ json: RawSpan) throws(WireError) -> Bool {
        if skip(json, literal: "true") { return true }
        guard skip(json, literal: "false") else { throw unexpected(json, "true or false") }
        return false
    }

    /// A number, or the name of one of the enumeration's values.
    private mutating func enumeration(_ json: RawSpan, _ type: EnumType) throws(WireError) -> Int32 {
        var ahead = self
        if ahead.peek(json) == UInt8(ascii: "\"") {
            let name = try ahead.string(json)
            if let number = type.number(named: String(copying: json.extracting(name.range))) {
                self = ahead
                return number
            }
        }
        return try integer(json, as: Int32.self)
    }

    /// An integer, bare or in quotes; a fraction of zero and an exponent are accepted, as in `1.0` and `1e3`.
    private mutating func integer<Value: FixedWidthInteger>(
        _ json: RawSpan, as type: Value.Type
    ) throws(WireError) -> Value {
        let range = try quotableNumber(json)
        let text = String(copying: json.extracting(range))
        if let value = Value(text) ?? Double(text).flatMap(Value.init(exactly:)) { return value }
        throw WireError(
            .malformed, "\(text) is not a whole number from \(Value.min) to \(Value.max)", at: range.lowerBound)
    }

    private mutating func double(_ json: RawSpan) throws(WireError) -> Double {
        var ahead = self
        if ahead.peek(json) == UInt8(ascii: "\"") {
            let name = try ahead.string(json)
            if let value = Self.specialDoubles[String(copying: json.extracting(name.range))] {
                self = ahead
                return value
            }
        }
        let range = try quotableNumber(json)
        let text = String(copying: json.extracting(range))
        guard let value = Double(text), value.isFinite else {
            throw WireError(.malformed, "\(text) is beyond the range of a double", at: range.lowerBound)
        }
        return value
    }

    private static let specialDoubles = ["NaN": Double.nan, "Infinity": .infinity, "-Infinity": -.infinity]
}
