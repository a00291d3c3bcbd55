/// The text of database queries, as it may leave the process.
public enum QueryText {
    /// A query whose literal values are replaced by `?`, its comments removed.
    ///
    /// Strings, numbers, and the quoted forms with a prefix (`X'…'`, `E'…'`, `$tag$…$tag$`) are values; names, keywords,
    /// `NULL` and placeholders (`?1`, `$1`, `:name`) stay. A literal that does not end reaches to the end of the text.
    /// Takes one pass over the text, until the result is full.
    ///
    /// Source: OpenTelemetry semantic conventions 1.37, "Sanitization of `db.query.text`".
    ///
    /// - Parameters:
    ///   - system: The database's name by the conventions; `mysql`, `mariadb` and `clickhouse` have `\` as an escape in
    ///     strings, and the first two strings in double quotes.
    ///   - maximumBytes: Where the result is cut.
    public static func sanitized(_ query: String, system: String, maximumBytes: Int = 4096) -> String {
        var sanitizer = Sanitizer(query, system: system, maximumBytes: maximumBytes)
        return sanitizer.run()
    }
}

private struct Sanitizer {
    private let input: [UInt8]
    private let limit: Int
    private let hasBackslashEscapes: Bool
    private let isMySQL: Bool
    private var position = 0
    private var output: [UInt8] = []

    init(_ query: String, system: String, maximumBytes: Int) {
        input = Array(query.utf8)
        limit = max(0, maximumBytes)
        isMySQL = ["mysql", "mariadb"].contains(system)
        hasBackslashEscapes = isMySQL || system == "clickhouse"
    }

    mutating func run() -> String {
        while output.count < limit, let byte = peek() { step(byte) }
        if output.count > limit { output.removeSubrange(limit...) }
        // A character that the limit cuts in two goes.
        while !output.isEmpty, String(validating: output, as: UTF8.self) == nil { output.removeLast() }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func step(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "'"): string(byte, backslash: hasBackslashEscapes)
        case UInt8(ascii: "\""), UInt8(ascii: "`"): quoted(byte)
        case UInt8(ascii: "-") where peek(1) == byte, UInt8(ascii: "#") where isMySQL: lineComment()
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): blockComment()
        case UInt8(ascii: "$"): dollar()
        case UInt8(ascii: "?"), UInt8(ascii: ":"): placeholder()
        case UInt8(ascii: ".") where peek(1).map(isDigit) == true && !followsName: number()
        case _ where isDigit(byte): number()
        case _ where isName(byte): name()
        default:
            output.append(byte)
            position += 1
        }
    }

    /// A literal between two of the same quotes; a doubled one stands for itself.
    private mutating func string(_ quote: UInt8, backslash: Bool) {
        skipQuoted(quote, backslash: backslash)
        output.append(UInt8(ascii: "?"))
    }

    private mutating func skipQuoted(_ quote: UInt8, backslash: Bool) {
        position += 1
        while let byte = peek() {
            if backslash, byte == UInt8(ascii: "\\") {
                position += 2
            } else if byte != quote {
                position += 1
            } else if peek(1) == quote {
                position += 2
            } else {
                position += 1
                return
            }
        }
    }

    /// A name in quotes, which for MySQL's double ones is a string.
    private mutating func quoted(_ quote: UInt8) {
        if isMySQL, quote == UInt8(ascii: "\"") { return string(quote, backslash: true) }
        let start = position
        skipQuoted(quote, backslash: false)
        output += input[start..<min(position, input.count)]
    }

    private mutating func lineComment() {
        while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func blockComment() {
        position += 2
        while let byte = peek() {
            if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                position += 2
                break
            }
            position += 1
        }
        output.append(UInt8(ascii: " "))
    }

    /// `$1` and `$name` are placeholders, `$tag$…$tag$` is a string of PostgreSQL.
    private mutating func dollar() {
        var end = position + 1
        while end < input.count, isName(input[end]) || isDigit(input[end]) { end += 1 }
        let startsWithDigit = end > position + 1 && isDigit(input[position + 1])
        guard end < input.count, input[end] == UInt8(ascii: "$"), !startsWithDigit else { return placeholder() }
        let tag = input[position...end]
        position = end + 1
        while position < input.count, !input[position...].starts(with: tag) { position += 1 }
        position += tag.count
        output.append(UInt8(ascii: "?"))
    }

    /// A character and the name or number after it, as they are.
    private mutating func placeholder() {
        repeat {
            output.append(input[position])
            position += 1
        } while peek().map { isName($0) || isDigit($0) } == true
    }

    /// A number in any notation: what letters follow its digits belong to it.
    private mutating func number() {
        while let byte = peek() {
            let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            let followsExponent = position > 0 && input[position - 1] | 0x20 == UInt8(ascii: "e")
            guard isDigit(byte) || isName(byte) || byte == UInt8(ascii: ".") || isSign && followsExponent else { break }
            position += 1
        }
        output.append(UInt8(ascii: "?"))
    }

    /// A keyword or name, digits and all; or the letters before a quoted literal, which go with it.
    private mutating func name() {
        let start = position
        while let byte = peek(), isName(byte) || isDigit(byte) || byte == UInt8(ascii: "$") { position += 1 }
        let isPrefix = position - start == 1 || input[start] == UInt8(ascii: "_")
        if peek() == UInt8(ascii: "'"), isPrefix {
            // Only E'…' of PostgreSQL adds escapes to what the system has.
            let addsEscapes = position - start == 1 && input[start] | 0x20 == UInt8(ascii: "e")
            return string(UInt8(ascii: "'"), backslash: hasBackslashEscapes || addsEscapes)
        }
        output += input[start..<position]
    }

    /// Whether the dot here joins two names, as in `t.1`.
    private var followsName: Bool { output.last.map { isName($0) || isDigit($0) } == true }

    private func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < input.count ? input[position + offset] : nil
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Letters, `_`, and every byte of a character beyond ASCII.
    private func isName(_ byte: UInt8) -> Bool {
        Token.isLetterOrDigit(byte) && !isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
