import ClewDashboards
import ClewModel
import Foundation
import Testing

@testable import ClewAnalysis

@Suite("Explanation panel")
struct ExplainPanelTests {
    static let forms: [(suffix: String, options: RenderOptions)] = [
        ("80.txt", RenderOptions(width: 80)), ("120.txt", RenderOptions(width: 120)),
        ("200.txt", RenderOptions(width: 200)), ("ascii.txt", RenderOptions(charset: .ascii, width: 100)),
        ("md", RenderOptions(format: .markdown, width: 100)),
    ]
    static let cases = SampleExplanation.names.flatMap { name in forms.map { "explain-\(name).\($0.suffix)" } }
    static let widths = [39, 60, 80, 100, 120, 200]

    private func verdict(_ name: String, _ change: (inout Explanation) -> Void = { _ in }) -> String {
        var explanation = SampleExplanation.named(name)
        change(&explanation)
        return ExplainPanel.verdict(explanation).text
    }

    // MARK: - Form

    @Test("every export of the sample explanations is as recorded", arguments: cases)
    func export(file: String) throws {
        let name = String(file.prefix { $0 != "." }.dropFirst("explain-".count))
        let form = try #require(Self.forms.first { file == "explain-\(name).\($0.suffix)" })
        let text = ExplainPanel(SampleExplanation.named(name)).render(form.options)
        let url = GoldenExportTests.directory.appending(path: file)
        if ProcessInfo.processInfo.environment["CLEW_UPDATE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: url)
        }
        let recorded = (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            recorded == text,
            """
            Dashboards/Exports/\(file) differs. If the change is meant, record it and review the diff:
            CLEW_UPDATE_GOLDEN=1 swift test --filter ClewDashboardsTests
            """)
    }

    @Test("no line is wider than the width, and ASCII is all that ASCII output holds", arguments: widths)
    func width(width: Int) {
        for name in SampleExplanation.names {
            for charset in Charset.allCases {
                let panel = ExplainPanel(SampleExplanation.named(name), sourceFlags: " --file spans.json")
                let text = panel.render(RenderOptions(charset: charset, width: width))
                #expect(text.split(separator: "\n").allSatisfy { PrintableText.width($0) <= width })
                if charset == .ascii { #expect(text.utf8.allSatisfy { $0 < 0x80 }) }
            }
        }
    }

    @Test("ANSI output is plain output with colours", arguments: SampleExplanation.names)
    func ansi(name: String) {
        let panel = ExplainPanel(SampleExplanation.named(name))
        let ansi = panel.render(RenderOptions(format: .ansi, width: 90))
        #expect(ansi.replacing(/\u{1B}\[[0-9;]*m/, with: "") == panel.render(RenderOptions(width: 90)))
    }

    // MARK: - Verdict

    @Test("the verdict names the service, what changed, where alone, its time, its share and how sure that is")
    func verdicts() {
        #expect(
            verdict("database")
                == "inventory is the cause: its calls to database stock (SELECT stock) take 48.0ms instead of 6.00ms, "
                + "only where service.version = 2.1.0 (+42.0ms a request, 93 % of what requests lost; sure).")
        #expect(
            verdict("network")
                == "payments is the cause: the way from orders to it and back (POST) takes 61.3ms instead of 4.20ms "
                + "(+58.4ms a request, 81 % of what requests lost; sure). Nearly as suspect is inventory.")
        #expect(
            verdict("errors")
                == "payments is likely the cause: its POST /charges fails by itself in 23 % of executions instead of "
                + "0.10 % (likely).")
        #expect(
            verdict("missing")
                == "payments is likely the cause of slow requests: POST /orders of orders calls nothing after "
                + "GET /cards in 40 % of executions instead of 1.0 % (+3.00ms a request, more than requests lost, as "
                + "others got faster; likely).")
    }

    @Test("without anything beyond chance nobody is accused")
    func nothing() {
        #expect(
            verdict("nothing")
                == "No cause found: nothing got worse beyond chance. Requests of POST /checkout of gateway take 58.1ms "
                + "instead of 58.0ms.")
        #expect(verdict("nothing") { $0.comparison = .tail }.hasPrefix("No service stands out in slow requests"))
        #expect(verdict("nothing") { $0.before.traces = 0 } == "There are no requests to compare.")
    }

    @Test("every kind of evidence has a sentence", arguments: Suspect.Evidence.Kind.allCases)
    func kinds(kind: Suspect.Evidence.Kind) {
        for names in [("orders", "orders"), ("orders", "payments"), ("", "")] {
            let evidence = SampleExplanation.evidence(kind, names.0, "POST", names.1, "a <*>", 0.25, 0.5)
            let suspect = SampleExplanation.suspect(names.1, 1, .high, [evidence])
            var explanation = SampleExplanation.nothing
            explanation.suspects = [suspect]
            let text = ExplainPanel(explanation).render(RenderOptions(width: 200))
            #expect(text.contains(" is the cause: "))
            #expect(text.contains(" instead of ") && text.contains("420 executions against 380"))
        }
    }

    // MARK: - The rest

    @Test("a route's column adds up: what is not listed has a row")
    func sums() {
        let text = ExplainPanel(SampleExplanation.database).render(RenderOptions(width: 120))
        #expect(text.contains("POST /checkout of gateway: 58.0ms → 103ms (+45.2ms a request)"))
        #expect(text.contains(/other hops .* 24\.8ms +25\.1ms +\+300µs/))
        #expect(text.contains(/all .* 58\.0ms +103ms +\+45\.2ms +100 %/))
    }

    @Test("suspects past the limit are counted, a long log line is cut to the width, examples can be pasted")
    func details() {
        let options = RenderOptions(width: 80)
        let network = ExplainPanel(SampleExplanation.network, limit: 1, sourceFlags: " --file a.json").render(options)
        #expect(network.contains("… 3 more suspects with --limit"))
        #expect(network.contains("example: clew trace 00000000000000e10000000000000001 --file a.json\n"))
        let errors = ExplainPanel(SampleExplanation.errors).render(options)
        #expect(errors.contains("in full: charge <*> refused"))
        #expect(errors.contains("example: clew trace 00000000000000e10000000000000001\n"))
    }

    @Test("what was looked at is said, and what was not")
    func footnotes() {
        let database = ExplainPanel(SampleExplanation.database).render(RenderOptions(width: 200))
        #expect(database.contains("now: 420 traces, 12,219 spans, 0 log records, 2026-11-22 14:00–14:15 UTC (15m00s)"))
        #expect(database.contains("Without log records: what is logged was not compared."))
        #expect(database.contains("Only 50 % of the traces fitted into memory and were looked at."))
        #expect(database.contains("17 statistics of rare operations and log lines left out."))
        let missing = ExplainPanel(SampleExplanation.missing).render(RenderOptions(width: 200))
        #expect(missing.contains("typical: 380 traces"))
        #expect(missing.contains("Only one side has log records"))
    }
}
