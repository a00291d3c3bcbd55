import ClewModel

/// The content of a JSON string as it stands in the text, between its quotes, validated as UTF-8.
struct JSONString {
    let range: Range<Int>
    let hasEscapes: Bool

    /// The content with its escapes resolved.
    func decoded(_ json: RawSpan) throws(WireError) -> [UInt8] {
        var result: [UInt8] = []
        try append(json, to: &result)
        return result
    }

    /// Throws where an escape is none.
    func checkEscapes(_ json: RawSpan) throws(WireError) {
        if hasEscapes { _ = try decoded(json) }
    }

    /// Appends the content with its escapes resolved.
    func append(_ json: RawSpan, to output: inout [UInt8]) throws(WireError) {
        guard hasEscapes else { return output.append(copying: json.extracting(range)) }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let start = offset
            while offset < range.upperBound, json.byte(at: offset) != UInt8(ascii: "\\") { offset += 1 }
            output.append(copying: json.extracting(start..<offset))
            if offset < range.upperBound { try appendEscape(json, &offset, to: &output) }
        }
    }

    private func appendEscape(_ json: RawSpan, _ offset: inout Int, to output: inout [UInt8]) throws(WireError) {
        // A backslash is never the last byte of the content: then it would have escaped the closing quote.
        let start = offset
        offset += 2
        switch json.byte(at: start + 1) {
        case UInt8(ascii: "\""): output.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): output.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): output.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): output.append(8)
        case UInt8(ascii: "f"): output.append(12)
        case UInt8(ascii: "n"): output.append(10)
        case UInt8(ascii: "r"): output.append(13)
        case UInt8(ascii: "t"): output.append(9)
        case UInt8(ascii: "u"): output.append(contentsOf: String(try scalar(json, &offset)).utf8)
        default: throw WireError(.malformed, "an unknown escape in a string", at: start)
        }
    }

    /// The scalar of one `\uXXXX`, or of two that are a surrogate pair; `offset` is behind the first `\u`.
    private func scalar(_ json: RawSpan, _ offset: inout Int) throws(WireError) -> Unicode.Scalar {
        let start = offset - 2
        let first = try codeUnit(json, &offset)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, range.upperBound - offset >= 6, json.byte(at: offset) == UInt8(ascii: "\\"),
            json.byte(at: offset + 1) == UInt8(ascii: "u")
        {
            offset += 2
            let second = try codeUnit(json, &offset)
            if (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        throw WireError(.invalidUTF8, "a surrogate that is not part of a pair", at: start)
    }

    private func codeUnit(_ json: RawSpan, _ offset: inout Int) throws(WireError) -> UInt32 {
        var value: UInt32 = 0
        for index in offset..<(offset + 4) {
            guard index < range.upperBound, let nibble = json.byte(at: index).hexNibble else {
                throw WireError(.malformed, "\\u without four hexadecimal digits", at: offset - 2)
            }
            value = value << 4 | UInt32(nibble)
        }
        offset += 4
        return value
    }
}
