/// A position in JSON text, read strictly by RFC 8259.
///
/// Like ``ProtobufReader`` it holds no bytes: each call is given the whole text again.
/// Invariant: `0 <= offset <= end <= json.byteCount`.
struct JSONReader {
    private(set) var offset: Int
    private let end: Int

    /// Reads the text in a range.
    init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next byte that is not white space, which is not consumed; `nil` at the end of the text.
    mutating func peek(_ json: RawSpan) -> UInt8? {
        while let byte = current(json) {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): offset += 1
            default: return byte
            }
        }
        return nil
    }

    /// Consumes the next character if it is this one.
    mutating func skip(_ json: RawSpan, _ character: Unicode.Scalar) -> Bool {
        guard peek(json) == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    mutating func expect(_ json: RawSpan, _ character: Unicode.Scalar) throws(WireError) {
        guard skip(json, character) else { throw unexpected(json, "'\(character)'") }
    }

    /// Consumes `true`, `false` or `null` if it is next.
    mutating func skip(_ json: RawSpan, literal: StaticString) -> Bool {
        guard let first = peek(json), first == "\(literal)".utf8.first else { return false }
        let text = Array("\(literal)".utf8)
        guard end - offset >= text.count, text.indices.allSatisfy({ json.byte(at: offset + $0) == text[$0] }) else {
            return false
        }
        offset += text.count
        return true
    }

    /// After an element of an object or array: whether another follows, or else the bracket that closes it.
    mutating func continues(_ json: RawSpan, until bracket: Unicode.Scalar) throws(WireError) -> Bool {
        if skip(json, ",") { return true }
        guard skip(json, bracket) else { throw unexpected(json, "',' or '\(bracket)'") }
        return false
    }

    /// Reads the name of an object's entry, and the colon behind it.
    mutating func name(_ json: RawSpan) throws(WireError) -> JSONString {
        guard peek(json) == UInt8(ascii: "\"") else { throw unexpected(json, "a name in quotes") }
        let name = try string(json)
        try expect(json, ":")
        return name
    }

    /// Reads a string; it is then valid UTF-8 without control characters, but its escapes are not yet looked into.
    mutating func string(_ json: RawSpan) throws(WireError) -> JSONString {
        guard skip(json, "\"") else { throw unexpected(json, "a string") }
        let start = offset
        var hasEscapes = false
        while let byte = current(json) {
            switch byte {
            case UInt8(ascii: "\""):
                let range = start..<offset
                try UTF8Validation.check(json, range)
                offset += 1
                return JSONString(range: range, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                // The escaped character is looked at later; here it only must not end the string.
                offset = min(offset + 2, end)
            case 0..<0x20: throw WireError(.malformed, "a control character in a string", at: offset)
            default: offset += 1
            }
        }
        throw WireError(.truncated, "a string does not end", at: start - 1)
    }

    /// Reads a number and gives the range of its text.
    mutating func number(_ json: RawSpan) throws(WireError) -> Range<Int> {
        guard let first = peek(json), first == UInt8(ascii: "-") || isDigit(first) else {
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
        case UInt8(ascii: "\""): _ = try string(json).decoded(json)
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipList(json, depth: depth)
        case UInt8(ascii: "t") where skip(json, literal: "true"): break
        case UInt8(ascii: "f") where skip(json, literal: "false"): break
        case UInt8(ascii: "n") where skip(json, literal: "null"): break
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
            if isObject { _ = try name(json).decoded(json) }
            try skipValue(json, depth: depth - 1)
        } while try continues(json, until: bracket)
    }

    private mutating func digits(_ json: RawSpan) throws(WireError) {
        let first = offset
        while let byte = current(json), isDigit(byte) { offset += 1 }
        guard offset > first else { throw unexpected(json, "a digit") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func current(_ json: RawSpan) -> UInt8? { offset < end ? json.byte(at: offset) : nil }

    func unexpected(_ json: RawSpan, _ expected: String) -> WireError {
        guard let byte = current(json) else {
            return WireError(.truncated, "the text ends where \(expected) should be", at: offset)
        }
        let found = (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return WireError(.malformed, "found \(found) instead of \(expected)", at: offset)
    }
}
