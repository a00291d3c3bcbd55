import Testing

@testable import ClewAnalysis

@Suite("Log patterns")
struct LogPatternTests {
    @Test(
        "what varies is taken out",
        arguments: [
            ("order 17 accepted", "order <*> accepted"),
            ("GET /orders/8f3a-77 200 12ms", "GET / orders / <*>"),
            ("ids [1, 2, 3]", "ids [ <*> ]"),
            ("ids [1]", "ids [ <*> ]"),
            ("user=42,43,44 gone", "user = <*> gone"),
            ("no digits: here", "no digits: here"),
            ("", ""),
            ("   ", ""),
            ("2026-11-27T10:00:00.123Z WARN slow", "<*> WARN slow"),
        ])
    func mask(line: String, pattern: String) {
        #expect(LogPattern.mask(line) == pattern)
    }

    @Test("a long line is cut, and the pattern is of its beginning")
    func long() {
        let line = String(repeating: "word ", count: 100_000)
        #expect(LogPattern.mask(line).split(separator: " ").count == LogPattern.maximumTokens)
    }

    @Test("variants of one statement are one, in any order, and others are not")
    func merged() {
        let patterns = [
            "price of <*> from Berlin to Hamburg is <*> euro today",
            "price of <*> from Bonn to Hamburg is <*> euro today",
            "stock of <*> is low",
        ]
        let merged = LogPattern.merged(patterns)
        #expect(merged[patterns[0]] == merged[patterns[1]])
        #expect(merged[patterns[2]] == patterns[2])
        #expect(LogPattern.merged(patterns.reversed()) == merged)
    }
}
