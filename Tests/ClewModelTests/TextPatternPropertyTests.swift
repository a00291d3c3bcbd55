import ClewModel
import Testing

@Suite("Text patterns at random, and hostile ones")
struct TextPatternPropertyTests {
    private static func pick<Element>(_ elements: [Element], _ generator: inout SplitMix64) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    /// A pattern without nested repetition, so that a backtracking matcher is quick too, and without ranges beyond ASCII,
    /// of which Regex loses matches: it denies that `(?:(\d|[а-я]|\w))*` matches `_д`.
    private static func pattern(_ depth: Int, repeating: Bool, _ generator: inout SplitMix64) -> String {
        let atoms = ["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "é", "日", "\\.", "[ab7-9]", "7"]
        switch Int.random(in: 0..<(depth > 3 ? 4 : 10), using: &generator) {
        case 0...3: return pick(atoms, &generator)
        case 4, 5:
            return (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                pattern(depth + 1, repeating: repeating, &generator)
            }.joined()
        case 6:
            let parts = (0..<Int.random(in: 2...3, using: &generator)).map { _ in
                pattern(depth + 1, repeating: repeating, &generator)
            }
            return "(\(parts.joined(separator: "|")))"
        default:
            guard repeating else { return pick(atoms, &generator) }
            let body = pattern(depth + 1, repeating: false, &generator)
            return "(?:\(body))" + pick(["*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"], &generator)
        }
    }

    private static func text(_ generator: inout SplitMix64) -> String {
        let characters = ["a", "a", "b", "b", "7", ".", "é", "日", "д", "\n", "_"]
        return (0..<Int.random(in: 0...6, using: &generator)).map { _ in pick(characters, &generator) }.joined()
    }

    @Test("they match what Swift's Regex matches", arguments: 0..<4)
    func againstRegex(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var matched = 0
        for _ in 0..<400 {
            let source = Self.pattern(0, repeating: true, &generator)
            let regex = try Regex("(?s)" + source).matchingSemantics(.unicodeScalar).asciiOnlyDigits()
                .asciiOnlyWordCharacters()
            var matcher = try TextPattern(source).matcher
            for _ in 0..<20 {
                let text = Self.text(&generator)
                let expected = try regex.wholeMatch(in: text) != nil
                matched += expected ? 1 : 0
                let found = matcher.matches(text)
                #expect(found == expected, "\(source) on \(text.debugDescription)")
            }
        }
        #expect(matched > 200)
    }

    @Test("a matcher that has seen other texts answers as a new one", arguments: 0..<2)
    func memory(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        // More states than fit, so that they are forgotten again and again.
        let pattern = try TextPattern("(.|\\n)*a[ab]{14}(é|日|[а-я])?b*")
        var matcher = pattern.matcher
        for _ in 0..<150 {
            let letters = (0..<Int.random(in: 0...400, using: &generator)).map { _ in Self.pick(["a", "b"], &generator)
            }
            let text = letters.joined() + Self.pick(["", "é", "д", "z"], &generator)
            let hasEnding = text.hasSuffix("é") || text.hasSuffix("д")
            let bytes = Array(letters.joined().utf8)
            // The 15th letter from the end, or one before the run of b that may follow.
            let expected: Bool
            if text.hasSuffix("z") {
                expected = false
            } else if hasEnding {
                expected = bytes.count >= 15 && bytes[bytes.count - 15] == UInt8(ascii: "a")
            } else {
                var bs = 0
                while bs < bytes.count, bytes[bytes.count - 1 - bs] == UInt8(ascii: "b") { bs += 1 }
                expected = (0...bs).contains { skipped in
                    let rest = bytes.count - skipped
                    return rest >= 15 && bytes[rest - 15] == UInt8(ascii: "a")
                }
            }
            let found = matcher.matches(text)
            #expect(found == expected)
            #expect(pattern.matches(text) == expected)
        }
    }

    /// With the number of instructions that each is compiled to, or a little more.
    private static let hostilePatterns = [
        ("(a*)*b", 10), ("(a|a)*b", 10), ("(a+)+b", 10), ("((a*)*)*b", 10), ("(a|aa)+b", 12), ("(x+x+)+y", 20),
        ("([a-z]+)*[0-9]", 10), ("(.*)(.*)(.*)(.*)(.*)b", 50), ("(.*a){20}b", 120), ("(a|b)*a(a|b){200}c", 620),
        (String(repeating: "a?", count: 200) + String(repeating: "a", count: 200), 620),
    ]

    @Test("hostile patterns take a number of steps bounded by text times pattern", arguments: hostilePatterns)
    func hostile(pattern: String, instructions: Int) throws {
        var matcher = try TextPattern(pattern).matcher
        var generator = SplitMix64(seed: 1)
        let text = (0..<600).map { _ in Self.pick(["a", "a", "b"], &generator) }.joined()
        let before = matcher.visits
        let isMatch = matcher.matches(text + "!")
        #expect(!isMatch)
        // For a byte, each instruction is visited once in its state and, for each of the two that can lead to it, once in
        // the next state and once at its end.
        #expect(matcher.visits - before <= text.utf8.count * 5 * instructions)
    }

    @Test("random bytes as a pattern are read or refused", arguments: 0..<4)
    func fuzz(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let pieces = [
            "(", ")", "[", "]", "^", "-", "|", "*", "+", "?", "{", "}", ",", "1", "9", "\\", "d", "x", "{2,3}", "(?",
            ":",
            "P<", ">", "i", "s", "[:", ":]", "alpha", "é", "日", "a", ".", "$", "\u{0}", "\\x{", "(?i)", "[^",
        ]
        var accepted = 0
        for _ in 0..<4000 {
            let length = Int.random(in: 0...12, using: &generator)
            let source = (0..<length).map { _ in Self.pick(pieces, &generator) }.joined()
            guard let pattern = try? TextPattern(source) else { continue }
            accepted += 1
            _ = pattern.matches(Self.text(&generator))
            _ = pattern.matches(source)
        }
        #expect(accepted > 400)
    }
}
