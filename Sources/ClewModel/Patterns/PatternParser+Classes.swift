/// Escapes and character classes.
extension PatternParser {
    /// What follows a backslash: one character, or a set of them.
    mutating func escape(from start: Int) throws(TextPatternError) -> ScalarSet {
        guard let scalar = advance() else {
            throw error("'\\' ends the pattern; write '\\\\' for the character", at: start)
        }
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "t": return ScalarSet("\t")
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "a": return ScalarSet("\u{07}")
        case "x": return ScalarSet(try hexadecimal(from: start))
        case "1"..."9": throw error("'\\\(scalar)' (a backreference) is not supported", at: start)
        case "b", "B": throw error("'\\\(scalar)' (a word boundary) is not supported", at: start)
        case "p", "P": throw error("'\\\(scalar)' (a Unicode class) is not supported", at: start)
        default:
            guard scalar.isASCII, !("0"..."9").contains(scalar), !scalar.properties.isAlphabetic else {
                throw error("'\\\(scalar)' stands for nothing", at: start)
            }
            return ScalarSet(scalar)
        }
    }

    private mutating func hexadecimal(from start: Int) throws(TextPatternError) -> Unicode.Scalar {
        let isBraced = take("{")
        var (value, digits): (UInt32, Int) = (0, 0)
        while digits < (isBraced ? 6 : 2), let digit = next.flatMap({ Character($0).hexDigitValue }) {
            value = value << 4 | UInt32(digit)
            digits += 1
            _ = advance()
        }
        guard isBraced ? digits > 0 && take("}") : digits == 2, let scalar = Unicode.Scalar(value) else {
            throw error("'\\x' needs two hexadecimal digits, or a character's number in braces", at: start)
        }
        return scalar
    }

    /// What follows `[`.
    mutating func characterClass(from start: Int) throws(TextPatternError) -> ScalarSet {
        let isInverted = take("^")
        var ranges: ScalarSet.Ranges = []
        var isFirst = true
        while let scalar = next {
            // A bracket in the first place stands for itself.
            if scalar == "]", !isFirst {
                _ = advance()
                let set = folded(ScalarSet(ranges))
                return isInverted ? set.inverted : set
            }
            isFirst = false
            ranges += try classItem()
        }
        throw error("'[' is never closed; write '\\[' for the character", at: start)
    }

    /// A character, a range, an escape or a named class.
    private mutating func classItem() throws(TextPatternError) -> ScalarSet.Ranges {
        if peek("[:") { return try namedClass() }
        let start = offset
        let first = try classCharacter()
        guard let low = first.single, peek("-"), !peek("-]") else { return first.ranges }
        _ = take("-")
        guard next != nil else { return first.ranges }
        guard let high = try classCharacter().single, low <= high else {
            throw error("a range goes from a lower to a higher character", at: start)
        }
        return [low...high]
    }

    private mutating func classCharacter() throws(TextPatternError) -> ScalarSet {
        let start = offset
        guard let scalar = advance() else { throw error("'[' is never closed") }
        return scalar == "\\" ? try escape(from: start) : ScalarSet(scalar)
    }

    private mutating func namedClass() throws(TextPatternError) -> ScalarSet.Ranges {
        let start = offset
        for (name, set) in Self.namedClasses {
            if take("[:\(name):]") { return set.ranges }
            if take("[:^\(name):]") { return set.inverted.ranges }
        }
        let names = Self.namedClasses.map(\.name).joined(separator: ", ")
        throw error("'[:' begins a named class; the names are \(names)", at: start)
    }

    /// The POSIX classes, of ASCII characters.
    private static let namedClasses: [(name: String, set: ScalarSet)] = [
        ("alnum", ScalarSet(["0"..."9", "A"..."Z", "a"..."z"])),
        ("alpha", ScalarSet(["A"..."Z", "a"..."z"])),
        ("ascii", ScalarSet([0...0x7F])),
        ("blank", ScalarSet([0x09...0x09, 0x20...0x20])),
        ("cntrl", ScalarSet([0...0x1F, 0x7F...0x7F])),
        ("digit", .digits),
        ("graph", ScalarSet(["!"..."~"])),
        ("lower", ScalarSet(["a"..."z"])),
        ("print", ScalarSet([" "..."~"])),
        ("punct", ScalarSet(["!"..."/", ":"..."@", "["..."`", "{"..."~"])),
        ("space", ScalarSet([0x09...0x0D, 0x20...0x20])),
        ("upper", ScalarSet(["A"..."Z"])),
        ("word", .words),
        ("xdigit", ScalarSet(["0"..."9", "A"..."F", "a"..."f"])),
    ]
}

extension ScalarSet {
    /// The only scalar of a set of one.
    fileprivate var single: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}
