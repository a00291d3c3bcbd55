/// A position in JSON text, read strictly by RFC 8259.
///
/// Like ``ProtobufReader`` it holds no bytes: each call is given the whole text again.
/// Invariant: `0 <= offset <= end <= json.byteCount`.
struct JSONReader {
    var offset: Int
    let end: Int

    /// Reads the text in a range.
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next byte that is not white space, which is not consumed; `nil` at the end of the text.
    @inline(__always)
    mutating func peek(_ json: RawSpan) -> UInt8? {
        if let byte = current(json), byte > UInt8(ascii: " ") { return byte }
        return peekBehindWhiteSpace(json)
    }

    @inline(never)
    private mutating func peekBehindWhiteSpace(_ json: RawSpan) -> UInt8? {
        while let byte = current(json) {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): offset += 1
            default: return byte
            }
        }
        return nil
    }

    /// Consumes the next character if it is this one.
    @inline(__always)
    mutating func skip(_ json: RawSpan, _ character: Unicode.Scalar) -> Bool {
        guard peek(json) == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    @inline(__always)
    mutating func expect(_ json: RawSpan, _ character: Unicode.Scalar) throws(WireError) {
        guard skip(json, character) else { throw unexpected(json, "'\(character)'") }
    }

    /// Consumes `true`, `false` or `null` if it is next.
    @inline(__always)
    mutating func skip(_ json: RawSpan, literal: Literal) -> Bool {
        guard peek(json) == UInt8(truncatingIfNeeded: literal.first), end - offset >= literal.length,
            json.word32(at: offset) == UInt32(littleEndian: literal.first),
            literal.length == 4 || json.byte(at: offset + 4) == UInt8(ascii: "e")
        else { return false }
        offset += literal.length
        return true
    }

    /// The three words of JSON.
    enum Literal {
        case `true`
        case `false`
        case null

        /// The first four letters, the first one in the lowest byte.
        fileprivate var first: UInt32 {
            switch self {
            case .true: 0x6575_7274
            case .false: 0x736C_6166
            case .null: 0x6C6C_756E
            }
        }

        fileprivate var length: Int { self == .false ? 5 : 4 }
    }

    /// After an element of an object or array: whether another follows, or else the bracket that closes it.
    @inline(__always)
    mutating func continues(_ json: RawSpan, until bracket: Unicode.Scalar) throws(WireError) -> Bool {
        let byte = peek(json)
        guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: bracket) else {
            throw unexpected(json, "',' or '\(bracket)'")
        }
        offset += 1
        return byte == UInt8(ascii: ",")
    }

    /// Reads the name of an object's entry, and the colon behind it.
    mutating func name(_ json: RawSpan) throws(WireError) -> JSONString {
        guard peek(json) == UInt8(ascii: "\"") else { throw unexpected(json, "a name in quotes") }
        let name = try string(json)
        try expect(json, ":")
        return name
    }

    /// Consumes the name of an object's entry, and the colon behind it, if it is the JSON name of a field without escapes, and
    /// gives the offset of the name; otherwise `nil`.
    @inline(__always)
    mutating func skipName(
        _ json: RawSpan, _ table: borrowing FieldTable, _ type: MessageType, _ position: Int
    ) throws(WireError) -> Int? {
        guard peek(json) == UInt8(ascii: "\""),
            let length = table.nameLength(type, position, in: json, at: offset + 1)
        else { return nil }
        let start = offset + 1
        offset = start + length + 1
        try expect(json, ":")
        return start
    }

    /// Reads a string; it is then valid UTF-8 without control characters, but its escapes are not yet looked into.
    mutating func string(_ json: RawSpan) throws(WireError) -> JSONString {
        guard skip(json, "\"") else { throw unexpected(json, "a string") }
        let start = offset
        var (bits, hasEscapes) = (UInt64(0), false)
        while true {
            skipPlain(json, &bits)
            guard let byte = current(json) else {
                throw WireError(.truncated, "a string does not end", at: start - 1)
            }
            if byte == UInt8(ascii: "\"") {
                let range = start..<offset
                if bits & JSONWord.highBits != 0 { try UTF8Validation.check(json, range) }
                offset += 1
                return JSONString(range: range, hasEscapes: hasEscapes)
            }
            guard byte == UInt8(ascii: "\\") else {
                throw WireError(.malformed, "a control character in a string", at: offset)
            }
            hasEscapes = true
            // The escaped character is looked at later; here it only must not end the string.
            if end - offset >= 2 { bits |= UInt64(json.byte(at: offset + 1)) }
            offset = min(offset + 2, end)
        }
    }

    /// Moves to the next quote, backslash or control character, or to the end, eight bytes at a time, and collects the
    /// bits of the bytes before it: the highest of a byte says that they are not ASCII alone.
    @inline(__always)
    private mutating func skipPlain(_ json: RawSpan, _ bits: inout UInt64) {
        while end - offset >= 8 {
            let word = UInt64(littleEndian: json.word64(at: offset))
            let special = JSONWord.special(word)
            guard special == 0 else {
                let count = special.trailingZeroBitCount / 8
                bits |= word & (1 << UInt64(count * 8) - 1)
                offset += count
                return
            }
            bits |= word
            offset += 8
        }
        while let byte = current(json), byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            bits |= UInt64(byte)
            offset += 1
        }
    }

    /// Reads a number and gives the range of its text.
    mutating func number(_ json: RawSpan) throws(WireError) -> Range<Int> {
        guard let first = peek(json), first == UInt8(ascii: "-") || first.isDigit else {
            throw unexpected(json, "a number")
        }
        let start = offset
        if first == UInt8(ascii: "-") { offset += 1 }
        if current(json) == UInt8(ascii: "0") { offset += 1 } else { try digits(json) }
        if current(json) == UInt8(ascii: ".") {
            offset += 1
            try digits(json)
        }
        if let byte = current(json), byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if let sign = current(json), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            try digits(json)
        }
        return start..<offset
    }

    /// Reads a number that may stand in quotes, as proto3 JSON allows, and gives the range of its text.
    mutating func quotableNumber(_ json: RawSpan) throws(WireError) -> Range<Int> {
        guard peek(json) == UInt8(ascii: "\"") else { return try number(json) }
        let content = try string(json).range
        var quoted = JSONReader(content)
        guard let range = try? quoted.number(json), range == content else {
            throw WireError(.malformed, "a string that is not a number", at: content.lowerBound)
        }
        return range
    }

    /// Skips a value of any kind.
    ///
    /// - Parameter depth: How many more brackets may be open.
    mutating func skipValue(_ json: RawSpan, depth: Int) throws(WireError) {
        switch peek(json) {
        case UInt8(ascii: "\""): try string(json).checkEscapes(json)
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipList(json, depth: depth)
        case UInt8(ascii: "t") where skip(json, literal: .true): break
        case UInt8(ascii: "f") where skip(json, literal: .false): break
        case UInt8(ascii: "n") where skip(json, literal: .null): break
        default: _ = try number(json)
        }
    }

    private mutating func skipList(_ json: RawSpan, depth: Int) throws(WireError) {
        guard depth > 0 else { throw WireError(.tooDeep, "brackets are nested too deep", at: offset) }
        let isObject = skip(json, "{")
        if !isObject { try expect(json, "[") }
        let bracket: Unicode.Scalar = isObject ? "}" : "]"
        if skip(json, bracket) { return }
        repeat {
            if isObject { try name(json).checkEscapes(json) }
            try skipValue(json, depth: depth - 1)
        } while try continues(json, until: bracket)
    }

    private mutating func digits(_ json: RawSpan) throws(WireError) {
        let first = offset
        while let byte = current(json), byte.isDigit { offset += 1 }
        guard offset > first else { throw unexpected(json, "a digit") }
    }

    /// The byte at the position, white space or not; `nil` at the end.
    @inline(__always)
    func current(_ json: RawSpan) -> UInt8? { offset < end ? json.byte(at: offset) : nil }

    @inline(never)
    func unexpected(_ json: RawSpan, _ expected: @autoclosure () -> String) -> WireError {
        guard let byte = current(json) else {
            return WireError(.truncated, "the text ends where \(expected()) should be", at: offset)
        }
        let found = (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return WireError(.malformed, "found \(found) instead of \(expected())", at: offset)
    }
}

extension UInt8 {
    /// Whether it is an ASCII digit.
    @inline(__always)
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
}
