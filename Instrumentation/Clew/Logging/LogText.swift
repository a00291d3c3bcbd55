import ClewModel

/// Bytes of log lines, written without Foundation and without a string in between.
extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    /// A text in which no control character of a terminal is left.
    ///
    /// Escapes what RFC 8259 §7 requires, and the controls from U+007F to U+009F, so that a line that is shown on a
    /// terminal cannot steer it.
    ///
    /// - Parameter quotes: Whether quotes and backslashes are escaped too.
    mutating func append(escaping text: String, quotes: Bool = true) {
        let start = count
        append(contentsOf: text.utf8)
        guard hasSpecialBytes(from: start) else { return }
        removeSubrange(start...)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"" where quotes: append(#"\""#)
            case "\\" where quotes: append(#"\\"#)
            case "\n": append(#"\n"#)
            case "\r": append(#"\r"#)
            case "\t": append(#"\t"#)
            case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}":
                append(#"\u00"#)
                append(hex: UInt64(scalar.value), digits: 2)
            default: append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    /// Whether a byte may need an escape; 0xC2 begins U+0080 to U+00BF.
    private func hasSpecialBytes(from start: Int) -> Bool {
        let bytes = span
        var found = false
        for index in start..<bytes.count {
            let byte = bytes[index]
            found = found || byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F || byte == 0xC2
        }
        return found
    }

    /// Lowercase hexadecimal digits, with leading zeros.
    mutating func append(hex value: UInt64, digits: Int = 16) {
        for index in (0..<digits).reversed() {
            append(.hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(index * 4)) & 15))
        }
    }

    mutating func append(_ id: TraceID) {
        append(hex: id.high)
        append(hex: id.low)
    }

    mutating func append(_ id: SpanID) { append(hex: id.value) }
}
