/// Reads the text of a pattern.
struct PatternParser {
    /// How deep groups may nest.
    static let maximumDepth = 100
    /// The largest number in `{…}`.
    static let maximumCount = 1000

    let text: String
    private let scalars: [Unicode.Scalar]
    private(set) var offset = 0
    private var flags = Flags()

    /// What `(?…)` sets, up to the end of the group that it stands in.
    struct Flags {
        var ignoresCase = false
        var dotMatchesLineFeed = true
    }

    init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(TextPatternError) -> PatternNode {
        let node = try choice(depth: 0)
        guard next == nil else { throw error("')' has no '(' before it; write '\\)' for the character") }
        return node
    }

    private mutating func choice(depth: Int) throws(TextPatternError) -> PatternNode {
        var branches = [try sequence(depth: depth)]
        while take("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence(depth: Int) throws(TextPatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if let node = try atom(depth: depth) { parts.append(try repetition(of: node)) }
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// `nil` for a change of flags, which stands for nothing by itself.
    private mutating func atom(depth: Int) throws(TextPatternError) -> PatternNode? {
        let start = offset
        guard let scalar = advance() else { throw error("the pattern ends early") }
        switch scalar {
        case "(": return try group(depth: depth, from: start)
        case "[": return .scalars(try characterClass(from: start))
        case ".": return .scalars(flags.dotMatchesLineFeed ? .everything : ScalarSet.lineFeed.inverted)
        case "^": return .start
        case "$": return .end
        case "\\":
            if take("A") { return .start }
            if take("z") { return .end }
            return .scalars(folded(try escape(from: start)))
        case "*", "+", "?":
            throw error("'\(scalar)' has nothing to repeat; write '\\\(scalar)' for the character", at: start)
        default: return .scalars(folded(ScalarSet(scalar)))
        }
    }

    // MARK: Groups

    private mutating func group(depth: Int, from start: Int) throws(TextPatternError) -> PatternNode? {
        guard depth < Self.maximumDepth else { throw error("groups nest deeper than \(Self.maximumDepth)", at: start) }
        let outer = flags
        if take("?") {
            guard try groupKind(from: start) else { return nil }
        }
        let node = try choice(depth: depth + 1)
        guard take(")") else { throw error("'(' is never closed; write '\\(' for the character", at: start) }
        flags = outer
        return node
    }

    /// Reads what follows `(?`; `false` where it was only flags, which last to the end of the group around.
    private mutating func groupKind(from start: Int) throws(TextPatternError) -> Bool {
        if take(":") { return true }
        for lookaround in ["=", "!", "<=", "<!"] where peek(lookaround) {
            throw error("'(?\(lookaround)' (lookaround) is not supported", at: start)
        }
        if take("P<") || take("<") {
            while let scalar = advance() {
                if scalar == ">" { return true }
                guard ScalarSet.words.contains(scalar) else { break }
            }
            throw error("a group's name is letters, digits and '_' between '<' and '>'", at: start)
        }
        var value = true
        while let scalar = advance() {
            switch scalar {
            case "-" where value: value = false
            case "i": flags.ignoresCase = value
            case "s": flags.dotMatchesLineFeed = value
            case ":": return true
            case ")": return false
            default:
                throw error("'(?\(scalar)' is not supported; groups are (?:…), (?P<name>…), flags i and s", at: start)
            }
        }
        throw error("'(?' is never closed", at: start)
    }

    // MARK: Repetition

    private mutating func repetition(of node: PatternNode) throws(TextPatternError) -> PatternNode {
        let start = offset
        guard let (minimum, maximum) = try counts() else { return node }
        // Shortest first or longest first: the whole text matches or does not.
        _ = take("?")
        let second = offset
        guard try counts() == nil else {
            throw error("a repetition cannot be repeated; put a group around it", at: second)
        }
        if let maximum, maximum < minimum {
            throw error("{\(minimum),\(maximum)} ends before it begins", at: start)
        }
        return .repeated(node, minimum: minimum, maximum: maximum)
    }

    private mutating func counts() throws(TextPatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = offset
        guard take("{") else { return nil }
        let minimum = number()
        let hasComma = take(",")
        let maximum = hasComma ? number() : minimum
        guard let minimum, take("}") else {
            // As in RE2, braces that do not count stand for themselves.
            offset = start
            return nil
        }
        guard max(minimum, maximum ?? 0) <= Self.maximumCount else {
            throw error("a count is larger than \(Self.maximumCount)", at: start)
        }
        return (minimum, maximum)
    }

    /// Decimal digits; large ones as one more than what is allowed.
    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), Self.maximumCount + 1)
            offset += 1
        }
        return value
    }
}

// MARK: - Reading scalars

extension PatternParser {
    var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    mutating func advance() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        offset += 1
        return scalar
    }

    func peek(_ expected: String) -> Bool { scalars[offset...].starts(with: expected.unicodeScalars) }

    mutating func take(_ expected: String) -> Bool {
        guard peek(expected) else { return false }
        offset += expected.unicodeScalars.count
        return true
    }

    func folded(_ set: ScalarSet) -> ScalarSet { flags.ignoresCase ? set.ignoringCase : set }

    func error(_ reason: String, at place: Int? = nil) -> TextPatternError {
        TextPatternError(reason, in: text, at: place ?? offset)
    }
}

extension ScalarSet {
    fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }
}
