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
        case .unixTime: try unixTime(json)
        case .double: try double(json).bitPattern
        case .enumeration(let type): UInt64(bitPattern: Int64(try enumeration(json, type)))
        case .string, .hexBytes, .base64Bytes, .message: throw unexpected(json, "a number")
        }
    }

    /// A time before 1970 is read as unknown: senders write Go's zero time so where they know none, and one such record
    /// should not cost the others.
    private mutating func unixTime(_ json: RawSpan) throws(WireError) -> UInt64 {
        var ahead = self
        if let number = ahead.plainNumber(json), number.isNegative, number.fractionDigits == 0 {
            self = ahead
            return 0
        }
        return try integer(json, as: UInt64.self)
    }

    private mutating func bool(_ json: RawSpan) throws(WireError) -> Bool {
        if skip(json, literal: .true) { return true }
        guard skip(json, literal: .false) else { throw unexpected(json, "true or false") }
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
        var ahead = self
        if let number = ahead.plainNumber(json), number.fractionDigits == 0, let value: Value = number.integer() {
            self = ahead
            return value
        }
        return try anyInteger(json)
    }

    /// An integer in any form; slower than ``plainNumber(_:)``.
    @inline(never)
    private mutating func anyInteger<Value: FixedWidthInteger>(_ json: RawSpan) throws(WireError) -> Value {
        let range = try quotableNumber(json)
        let text = String(copying: json.extracting(range))
        if let value = Value(text) ?? Double(text).flatMap(Value.init(exactly:)) { return value }
        throw WireError(
            .malformed, "\(text) is not a whole number from \(Value.min) to \(Value.max)", at: range.lowerBound)
    }

    private mutating func double(_ json: RawSpan) throws(WireError) -> Double {
        var ahead = self
        if let number = ahead.plainNumber(json), let value = number.double {
            self = ahead
            return value
        }
        ahead = self
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

    /// Reads a number, bare or in quotes, that has no exponent and at most 19 digits, which is nearly every number; `nil`, at
    /// an undefined position, for anything else.
    private mutating func plainNumber(_ json: RawSpan) -> PlainNumber? {
        let isQuoted = skip(json, "\"")
        var number = PlainNumber()
        if current(json) == UInt8(ascii: "-") {
            number.isNegative = true
            offset += 1
        }
        let start = offset
        number.magnitude = plainDigits(json, after: 0)
        var count = offset - start
        guard count == 1 || (count > 1 && json.byte(at: start) != UInt8(ascii: "0")) else { return nil }
        if current(json) == UInt8(ascii: ".") {
            offset += 1
            let point = offset
            number.magnitude = plainDigits(json, after: number.magnitude)
            number.fractionDigits = offset - point
            guard number.fractionDigits > 0 else { return nil }
            count += number.fractionDigits
        }
        // 19 digits never exceed 64 bits; where there are more, the magnitude is not used.
        guard count <= 19 else { return nil }
        let next = current(json)
        guard isQuoted else { return next.map({ $0 | 0x20 }) == UInt8(ascii: "e") ? nil : number }
        offset += 1
        return next == UInt8(ascii: "\"") ? number : nil
    }

    /// Reads digits as the continuation of a number.
    @inline(__always)
    private mutating func plainDigits(_ json: RawSpan, after number: UInt64) -> UInt64 {
        var result = number
        while end - offset >= 8, let digits = JSONWord.number(UInt64(littleEndian: json.word64(at: offset))) {
            result = result &* 100_000_000 &+ digits
            offset += 8
        }
        while let byte = current(json), byte.isDigit {
            result = result &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
            offset += 1
        }
        return result
    }
}

/// A number of few digits: a magnitude to be divided by a power of ten.
private struct PlainNumber {
    var isNegative = false
    var magnitude: UInt64 = 0
    var fractionDigits = 0

    /// The value without its fraction, if the type can hold it.
    func integer<Value: FixedWidthInteger>() -> Value? {
        guard isNegative else { return Value(exactly: magnitude) }
        guard magnitude <= Int64.min.magnitude else { return nil }
        return Value(exactly: Int64(bitPattern: 0 &- magnitude))
    }

    /// The value, if one division of two numbers that a double holds exactly gives it, and so rounds it right
    /// (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
    var double: Double? {
        guard magnitude <= 1 << 53, fractionDigits < Self.powersOfTen.count else { return nil }
        let value = Double(magnitude) / Self.powersOfTen[fractionDigits]
        return isNegative ? -value : value
    }

    /// As far as a double holds them exactly, and more than 19 digits can ask for.
    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    ]
}
