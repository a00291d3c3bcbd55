import ClewDashboards
import Testing

@Suite("Printable text")
struct PrintableTextTests {
    @Test(
        "nothing in telemetry can move the cursor, colour the terminal or reorder the line",
        arguments: [
            ("\u{1B}[2J\u{1B}[31mred", "\u{FFFD}[2J\u{FFFD}[31mred"),
            ("\u{1B}]0;title\u{7}", "\u{FFFD}]0;title\u{FFFD}"),
            ("\u{9B}31m", "\u{FFFD}31m"),
            ("a\nb\tc\rd", "a b c d"),
            ("a\u{2028}b\u{A0}c", "a b c"),
            ("user\u{202E}txt.exe", "usertxt.exe"),
            ("zero\u{200B}\u{FEFF}width\u{200D}", "zerowidth"),
            ("del\u{7F}", "del\u{FFFD}"),
            ("private\u{E000}", "private\u{FFFD}"),
            ("heart❤\u{FE0F}", "heart❤"),
            ("plain text", "plain text"),
        ])
    func sanitising(input: String, expected: String) {
        #expect(PrintableText.sanitized(input) == expected)
        #expect(StyledText(input).text == expected)
    }

    @Test(
        "width counts wide characters twice and combining ones not at all",
        arguments: [
            ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("日本語", 6), ("ｆｕｌｌ", 8), ("한국", 4), ("🚀", 2), ("…→─█", 4),
            ("µs", 2),
        ])
    func width(text: String, expected: Int) {
        #expect(PrintableText.width(text) == expected)
        #expect(StyledText(text).width == expected)
    }

    @Test("text is cut with an ellipsis and never inside a wide character")
    func truncation() {
        #expect(StyledText("checkout").truncated(to: 8).text == "checkout")
        #expect(StyledText("checkout").truncated(to: 5).text == "chec…")
        #expect(StyledText("日本語").truncated(to: 4).text == "日…")
        #expect(StyledText("日本語").fitted(to: 4).width == 4)
        #expect(StyledText("checkout").truncated(to: 0).text == "")
    }

    @Test("padding fills to the width on the side that the alignment leaves")
    func padding() {
        #expect(StyledText("ab").padded(to: 4).text == "ab  ")
        #expect(StyledText("ab").padded(to: 4, .right).text == "  ab")
    }

    @Test("sentences wrap at spaces, long words where the line ends")
    func wrapping() {
        let lines = StyledText("which hop made this request slow").wrapped(to: 12, indent: 2).map(\.text)
        #expect(lines == ["which hop", "  made this", "  request", "  slow"])
        #expect(StyledText("abcdefghij").wrapped(to: 4).map(\.text) == ["abcd", "efgh", "ij"])
    }

    @Test("only ANSI output carries escape sequences, and each is closed")
    func formats() {
        let text: StyledText = "all \("good", .good)"
        #expect(text.rendered(RenderOptions(format: .ansi)) == "all \u{1B}[32mgood\u{1B}[0m")
        #expect(text.rendered(RenderOptions(format: .plain)) == "all good")
        #expect(text.rendered(RenderOptions(format: .markdown)) == "all good")
    }

    @Test("ASCII output keeps the width and has no other character")
    func ascii() {
        let text = StyledText("12µs → 日本 … ●█")
        let ascii = text.rendered(RenderOptions(charset: .ascii))
        #expect(ascii == "12us > ???? ~ *#")
        #expect(ascii.count == text.width)
    }

    @Test(
        "telemetry makes no markup in Markdown",
        arguments: [
            ("<img src=x>", "\\<img src=x\\>"), ("a|b", "a\\|b"), ("*bold* _it_", "\\*bold\\* \\_it\\_"),
            ("snake_case", "snake_case"), ("[x](y)", "\\[x\\](y)"), ("# no title", "\\# no title"),
            ("`code`", "\\`code\\`"),
        ])
    func markdown(input: String, expected: String) {
        #expect(StyledText(input).rendered(RenderOptions(format: .markdown)) == expected)
    }

    @Test("a fence is longer than any run of backticks inside")
    func fences() {
        let text = [Block.figure(["a ```` b"])].render(RenderOptions(format: .markdown))
        #expect(text == "`````text\na ```` b\n`````\n")
    }
}
