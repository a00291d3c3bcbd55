import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Path and diff panels")
struct ProfilePanelTests {
    static let widths = [39, 80, 100, 120, 200]
    private static let panels: [any Panel] = [
        PathPanel([SampleProfile.now]), PathPanel(SampleProfile.groups, by: SampleProfile.attribute),
        PathPanel([SampleProfile.before], limit: 3), PathPanel([]),
        DiffPanel(SampleProfile.diffs, before: "1.0.0", now: "1.1.0", notes: ["cut here"]),
        DiffPanel(SampleProfile.diffs, before: "1.0.0", now: "1.1.0", limit: 2),
        DiffPanel(SampleProfile.same, before: "a.json", now: "b.json"),
        DiffPanel(RouteDiffs([]), before: "a", now: "b"),
    ]

    // MARK: - Form

    @Test("no line is wider than the width, and ASCII is all that ASCII output holds", arguments: widths)
    func width(width: Int) {
        for panel in Self.panels { PanelForm.expectFits(panel, width) }
    }

    @Test("ANSI output is plain output with colours", arguments: widths)
    func ansi(width: Int) {
        for panel in Self.panels { PanelForm.expectANSIIsPlain(panel, width) }
    }

    @Test("the trees are as recorded at other widths too", arguments: ["path", "diff"], [80, 120, 200])
    func golden(name: String, width: Int) throws {
        try GoldenExportTests.expect(
            try GoldenExportTests.text(name, RenderOptions(width: width)), isRecordedAs: "\(name).\(width).txt")
    }

    // MARK: - Path

    @Test("the verdict gives the quantiles, the failures and where most of the time goes")
    func verdict() {
        let text = PathPanel.verdict(SampleProfile.now).text
        #expect(text.hasPrefix("POST /checkout: p50 "))
        #expect(text.contains(" % failed; the largest part of the time, "))
        #expect(text.contains(" is inventory → database stock (SELECT stock), then "))
        #expect(text.contains("payments → api.bank.example, which sends no telemetry (POST api.bank.example)"))
        let before = PathPanel.verdict(SampleProfile.before).text
        #expect(before.contains(" % of the time is payments → api.bank.example, which sends no telemetry ("))
    }

    @Test("the tree has each hop below its caller, repeated calls once, and counts what nobody waits for")
    func tree() throws {
        let text = PathPanel([SampleProfile.now]).render(RenderOptions(width: 200))
        let lines = text.split(separator: "\n")
        let stock = try #require(lines.first { $0.contains("→ db stock SELECT stock") })
        #expect(stock.contains("│   └ → db stock SELECT stock") && stock.contains(" 8 "))
        #expect(lines.contains { $0.contains("inventory POST /reserve") })
        #expect(lines.contains { $0.hasPrefix("… and 1 hop that no trace waited for") })
        #expect(lines.contains { $0.hasPrefix("all  ") && $0.contains("100 %") })
    }

    @Test("past the limit the others are one row")
    func limit() {
        let text = PathPanel([SampleProfile.now], limit: 8).render(RenderOptions(width: 100))
        #expect(text.contains("more hops"))
        #expect(text.contains("gateway POST /checkout"))
    }

    @Test("groups are compared in a sentence and a table, then shown one by one")
    func groups() {
        let text = PathPanel(SampleProfile.groups, by: SampleProfile.attribute).render(RenderOptions(width: 120))
        #expect(text.hasPrefix("POST /checkout by service.version: 1.1.0 is slowest, "))
        #expect(text.contains(" on average (60 traces); 1.0.0 is fastest, "))
        #expect(text.contains("── service.version 1.0.0 ─"))
    }

    // MARK: - Diff

    @Test("the verdict gives the change, its share, and the hop with most of it")
    func diffVerdict() throws {
        let diff = try #require(SampleProfile.diffs.diffs.first)
        let text = DiffPanel.verdict(diff).text
        let figures = #/^POST /checkout got \d\d % slower: \+\d\dms \(\d+ms → \d+ms\), (of which|with) \+\d\dms in /#
        #expect(text.contains(figures))
        #expect(text.hasSuffix("in inventory → database stock (SELECT stock)."))
    }

    @Test("reasons, new and gone hops, errors, other routes and notes are there, and nothing names a trace")
    func diffDetails() {
        let text = DiffPanel(SampleProfile.diffs, before: "1.0.0", now: "1.1.0", notes: ["cut here"])
            .render(RenderOptions(width: 120))
        for part in [
            "8 calls a trace instead of 1", "of the requests fail instead of", "\nnew   ", "\ngone  ", "compute tax",
            "→ tax (network) GET tax", "1→8", "! cut here", "only in 1.0.0: GET /offers",
            "── other routes ─", "POST /checkout takes as long as before, ", "\n1.1.0: mean ", "same",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains(/[0-9a-f]{16}/))
    }

    @Test("what did not change says so, without a tree")
    func same() {
        let text = DiffPanel(SampleProfile.same, before: "a.json", now: "b.json").render(RenderOptions(width: 80))
        #expect(text.hasPrefix("POST /checkout takes as long as before, "))
        #expect(!text.contains("change"))
    }

    @Test(
        "two significant digits, and the unit that fits",
        arguments: [
            (0.0, "0"), (0.4, "0"), (950.0, "950ns"), (99.6, "100ns"), (1234.0, "1.2µs"), (99_600.0, "100µs"),
            (994e3, "990µs"), (996e3, "1.0ms"), (12.4e6, "12ms"), (123e6, "120ms"), (4.56e9, "4.6s"),
            (59.7e9, "1m00s"), (125e9, "2m10s"), (-42e6, "-42ms"),
        ])
    func rough(nanoseconds: Double, text: String) {
        #expect(NumberText.rough(nanoseconds) == text)
    }
}
