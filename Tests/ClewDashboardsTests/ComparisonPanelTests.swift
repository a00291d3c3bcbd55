import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("A trace against others")
struct ComparisonPanelTests {
    static let forms: [(suffix: String, options: RenderOptions)] = [
        ("80.txt", RenderOptions(width: 80)), ("120.txt", RenderOptions(width: 120)),
        ("200.txt", RenderOptions(width: 200)), ("ascii.txt", RenderOptions(charset: .ascii, width: 80)),
        ("md", RenderOptions(format: .markdown, width: 100)),
    ]
    static let cases =
        forms.map { "compared-slow.\($0.suffix)" } + ["failed", "calls", "usual"].map { "compared-\($0).80.txt" }

    private func text(_ name: String, width: Int = 400) -> String {
        SampleComparison.panel(name).render(RenderOptions(width: width))
    }

    @Test("every export of a compared trace is as recorded", arguments: cases)
    func export(file: String) throws {
        let name = String(file.prefix { $0 != "." }.dropFirst("compared-".count))
        let form = try #require(Self.forms.first { file == "compared-\(name).\($0.suffix)" })
        try GoldenExportTests.expect(SampleComparison.panel(name).render(form.options), isRecordedAs: file)
    }

    @Test(
        "no line is wider than the width, and ASCII is all that ASCII output holds",
        arguments: [39, 59, 60, 64, 66, 80, 96, 97, 120, 200])
    func width(width: Int) {
        for name in SampleComparison.names {
            for charset in Charset.allCases {
                let text = SampleComparison.panel(name).render(RenderOptions(charset: charset, width: width))
                #expect(text.split(separator: "\n").allSatisfy { PrintableText.width($0) <= width })
                if charset == .ascii { #expect(text.utf8.allSatisfy { $0 < 0x80 }) }
            }
        }
    }

    @Test("one sentence says which span took longer, by how much, and of how much")
    func slow() {
        let text = text("slow")
        #expect(text.contains("\nThis POST /checkout took 487ms instead of the usual "))
        #expect(text.contains(": inventory → db stock SELECT stock took 415ms instead of "))
        #expect(text.contains(" (all of it).\n") || text.contains(" %).\n"))
        #expect(text.contains("\n× usual: times the median duration of the operation in 419 other traces"))
    }

    @Test("one sentence says what is called more often")
    func calls() {
        #expect(text("calls").contains(": orders → db orders SELECT item is called 14 times, usually 2, +"))
    }

    @Test("one sentence says where a failed trace failed, and with which message")
    func failed() {
        let text = text("failed")
        #expect(text.contains("\nThis POST /checkout failed after "))
        let place = ": payments → api.bank.example POST api.bank.example failed (card refused).\n"
        #expect(text.contains(place))
    }

    @Test("a trace as others is said to be so")
    func usual() {
        #expect(text("usual").contains(", as usual (p50 "))
        #expect(text("usual").contains(" of 419 other traces).\n"))
    }

    @Test("with too few others nothing is marked, and the sentence says why")
    func tooFew() {
        let others = (1...5 as ClosedRange<UInt64>).map { SampleComparison.cart($0, items: 2) }
        let panel = SampleComparison.panel(SampleComparison.cart(0, items: 14), against: others)
        let text = panel.render(RenderOptions(width: 120))
        #expect(text.contains("\nOnly 5 other traces of GET /cart: too few to say whether this one is slow.\n"))
        #expect(!text.contains("×"))
    }

    @Test("marked spans have their factor at 80 columns, and the p95 beside it where there is room")
    func marks() {
        #expect(text("slow", width: 80).contains("× usual\n"))
        #expect(!text("slow", width: 80).contains("(p95 "))
        #expect(text("slow", width: 120).contains("× usual (p95)\n"))
        let query = text("slow", width: 120).split(separator: "\n").last { $0.contains("SELECT stock → stock") }
        #expect(query?.contains("×") == true && query?.hasSuffix("ms)") == true)
        #expect(!text("slow", width: 50).contains("× usual\n"))
    }

    @Test("the comparison of another trace is not shown")
    func foreign() {
        var panel = SampleComparison.panel("slow")
        panel.trace = Trace(spans: SampleComparison.cart(0, items: 1).prefix(1).map(SpanSummary.init))
        #expect(!panel.render(RenderOptions()).contains("usual"))
    }
}
