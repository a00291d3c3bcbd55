import ClewModel
import Testing

@Suite("Text patterns")
struct TextPatternTests {
    @Test(
        "texts that match",
        arguments: [
            ("", [""]), ("abc", ["abc"]), ("a.c", ["abc", "a\nc", "aéc", "a日c", "a🧵c"]), ("a*", ["", "a", "aaa"]),
            ("a+", ["a", "aa"]), ("a?", ["", "a"]), ("a{2}", ["aa"]), ("a{2,}", ["aa", "aaaa"]),
            ("a{1,3}", ["a", "aa", "aaa"]), ("a{0}b", ["b"]), ("(ab){2}", ["abab"]), ("a|b|", ["a", "b", ""]),
            ("(?:a|b)c", ["ac", "bc"]), ("(?P<x>a)(?<y_2>b)", ["ab"]), ("[a-cx]", ["a", "b", "c", "x"]),
            ("[^a-c]", ["d", "é", "\n"]), ("[]a]", ["]", "a"]), ("[a-]", ["a", "-"]), ("[\\]\\d]", ["]", "7"]),
            ("[[:alpha:]_]+", ["aZ_"]), ("[[:^digit:]]", ["x"]), ("\\d\\D\\w\\W\\s\\S", ["1a_- x"]),
            ("\\x41\\x{1F9F5}\\t\\.\\\\", ["A🧵\t.\\"]), ("(?i)straße", ["STRAßE"]), ("(?i:a)b", ["Ab", "ab"]),
            ("(?i)[a-c]", ["B"]), ("a(?i)b(?-i)c", ["aBc"]), ("((?i)a)b", ["Ab"]), ("(?-s).", ["x"]),
            ("^a$", ["a"]), ("\\Aa\\z", ["a"]), ("(^a|b)*$", ["a", "bb", "abb", ""]), ("a*$^|a*b", ["", "aab"]),
            ("a{,2}", ["a{,2}"]), ("x{y", ["x{y"]), ("a*?b+?c??", ["ab", "bbc"]), ("(a*)*", ["", "aa"]),
            ("[а-я]+", ["дом"]), ("[\\x{10000}-\\x{10FFFF}]", ["🧵"]),
            ("[\\x{7f}-\\x{800}]+", ["\u{7F}\u{80}\u{7FF}\u{800}"]),
            ("(timeout|refused)(: .*)?", ["timeout", "refused: host"]), ("(|a)+", ["", "aa"]), ("\\/\\-\\\"", ["/-\""]),
        ])
    func matches(pattern: String, texts: [String]) throws {
        let pattern = try TextPattern(pattern)
        for text in texts { #expect(pattern.matches(text), "\(text)") }
    }

    @Test(
        "texts that do not match: a pattern stands for the whole text",
        arguments: [
            ("", ["a"]), ("abc", ["abcd", "xabc", "ab", "ABC"]), ("a.c", ["ac", "abbc"]), ("a+", ["", "b"]),
            ("a{2}", ["a", "aaa"]), ("a{1,3}", ["", "aaaa"]), ("a|bc", ["ab", "c", "ac"]), ("[^a-c]", ["a", "", "dd"]),
            ("\\d", ["a", "٣"]), ("\\w", ["é"]), ("(?-s).", ["\n"]), ("((?i)a)b", ["aB"]), ("(?i)[^a]", ["A", "a"]),
            ("a^b", ["ab"]), ("a$b", ["ab"]), ("(^a|b)*$", ["ba", "aa"]), ("a*$^|a*b", ["a", "aa"]),
            ("(?i)é", ["É"]), ("e.?", ["e\u{301}\u{301}"]), ("[а-я]+", ["Дом"]), ("[\\x{10000}-\\x{10FFFF}]", ["日"]),
            ("[\\x{7f}-\\x{800}]", ["~", "\u{801}"]), ("(a*)*", ["ab"]),
        ])
    func fails(pattern: String, texts: [String]) throws {
        let pattern = try TextPattern(pattern)
        for text in texts { #expect(!pattern.matches(text), "\(text)") }
    }

    @Test(
        "what is not a pattern is an error that says where",
        arguments: [
            ("(", 0, "never closed"), ("a)", 1, "no '('"), ("[a", 0, "never closed"), ("[]", 0, "never closed"),
            ("*a", 0, "nothing to repeat"), ("a|+", 2, "nothing to repeat"), ("a**", 2, "cannot be repeated"),
            ("a{2}{3}", 4, "cannot be repeated"), ("a{3,2}", 1, "ends before"), ("a{1001}", 1, "larger than 1000"),
            ("a{99999999999999999999}", 1, "larger than 1000"), ("é\\", 1, "ends the pattern"),
            ("\\q", 0, "nothing"), ("\\é", 0, "nothing"), ("(a)\\1", 3, "backreference"), ("\\bx", 0, "word boundary"),
            ("\\pL", 0, "Unicode"),
            ("(?=a)", 0, "lookaround"), ("(?<!a)", 0, "lookaround"), ("(?m)a", 0, "not supported"),
            ("(?P<", 0, "name"), ("(?P<a b>c)", 0, "name"), ("(?", 0, "never closed"),
            ("[b-a]", 1, "lower to a higher"),
            ("[[:word]", 1, "named class"), ("\\x4", 0, "hexadecimal"), ("\\x{110000}", 0, "hexadecimal"),
            ("\\x{D800}", 0, "hexadecimal"), ("[a-\\d]", 1, "lower to a higher"), ("(a{1000}){1000}", 0, "too large"),
            ("(((){1000}){1000}){1000}", 0, "too large"),
        ])
    func errors(pattern: String, offset: Int, reason: String) {
        let error = #expect(throws: TextPatternError.self) { try TextPattern(pattern) }
        #expect(error?.offset == offset)
        #expect(error?.reason.contains(reason) ?? false, "\(String(describing: error))")
    }

    @Test("groups may nest, and not without end")
    func depth() throws {
        let pattern = { (depth: Int) in
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(try TextPattern(pattern(100)).matches("a"))
        #expect(throws: TextPatternError.self) { try TextPattern(pattern(101)) }
        #expect(throws: TextPatternError.self) { try TextPattern(pattern(8000)) }
        #expect(throws: TextPatternError.self) { try TextPattern(String(repeating: "a", count: 16_385)) }
    }

    @Test("a list of names of some thousand characters is a pattern")
    func longAlternation() throws {
        let names = (0..<400).map { "checkout-\($0)-host" }
        var matcher = try TextPattern("(" + names.joined(separator: "|") + ")").matcher
        let found = (names + ["checkout-400-host", "checkout-1"]).filter { matcher.matches($0) }
        #expect(found == names)
    }

    @Test("patterns are equal when they are written alike")
    func equality() throws {
        #expect(try TextPattern("a|b") == TextPattern("a|b"))
        #expect(try TextPattern("a|b") != TextPattern("b|a"))
        #expect(try TextPattern("\u{E9}") != TextPattern("e\u{301}"))
        #expect(try Set([TextPattern("a"), TextPattern("a")]).count == 1)
    }
}
