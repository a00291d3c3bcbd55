import ClewModel

/// Reads a header's value byte by byte, from the left.
struct HeaderReader {
    private var bytes: String.UTF8View.Iterator
    private var upcoming: UInt8?

    init(_ text: String) {
        bytes = text.utf8.makeIterator()
        upcoming = bytes.next()
    }

    mutating func next() -> UInt8? {
        let byte = upcoming
        upcoming = bytes.next()
        return byte
    }

    /// Whether the next byte is this one; it is then read.
    mutating func skip(_ byte: UInt8) -> Bool {
        guard upcoming == byte else { return false }
        upcoming = bytes.next()
        return true
    }

    mutating func skipBlanks() {
        while skip(UInt8(ascii: " ")) || skip(UInt8(ascii: "\t")) {}
    }

    /// Whether nothing but blanks is left.
    mutating func isAtEnd() -> Bool {
        skipBlanks()
        return next() == nil
    }

    /// The value of this many lowercase hexadecimal digits, 16 at most; `nil` where there are others or fewer.
    mutating func hexadecimal(_ digits: Int) -> UInt64? {
        var value: UInt64 = 0
        for _ in 0..<digits {
            switch next() {
            case let digit? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit):
                value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case let digit? where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit):
                value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

/// The members of a comma-separated header without the blanks around them; empty ones are left out.
struct HeaderMembers: Sequence, IteratorProtocol {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    mutating func next() -> Substring.UTF8View? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            let member = rest[..<end].withoutBlanks
            rest = rest[end...].dropFirst()
            if !member.isEmpty { return member }
        }
        return nil
    }
}

extension Substring.UTF8View {
    /// Without the spaces and tabs at both ends.
    var withoutBlanks: Self {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }

    /// What stands before and after the first such byte; `nil` where there is none.
    func divided(at byte: UInt8) -> (before: Self, after: Self)? {
        firstIndex(of: byte).map { (self[..<$0], self[index(after: $0)...]) }
    }
}

extension StringProtocol {
    /// Without the spaces and tabs at both ends.
    var trimmed: Substring { Substring(Substring(self).utf8.withoutBlanks) }
}

extension [UInt8] {
    /// Appends the lowest digits of a word, in lowercase.
    mutating func append(hexadecimal word: UInt64, digits: Int) {
        for position in (0..<digits).reversed() {
            append(.hexDigit(UInt8(truncatingIfNeeded: word >> UInt64(4 * position)) & 15))
        }
    }
}
