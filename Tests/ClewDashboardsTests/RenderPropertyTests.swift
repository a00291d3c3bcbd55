import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Rendering any data")
struct RenderPropertyTests {
    static let everything = """
        title: everything of $service
        variables: [{name: service, default: ""}]
        rows:
          - panels:
              - {kind: stat, title: stat, value: [rate, requests, errors, error_share, p50, p90, p95, p99, max, services, operations]}
          - panels:
              - {kind: line, title: lines, value: p95, by: operation, width: 2}
              - {kind: line, title: line, value: rate}
          - panels:
              - {kind: bar, title: bars, value: errors, by: operation, limit: 3}
              - {kind: histogram, title: histogram}
              - {kind: heatmap, title: heatmap, height: 2}
          - panels: [{kind: table, title: table, by: operation, limit: 3, service: $service}]
          - panels: [{kind: slow, title: slow}]
          - panels: [{kind: slow, title: verdicts, by: route}]
          - panels: [{kind: map, title: map, limit: 9}]
          - panels: [{kind: waterfall, title: waterfall, limit: 40}]
        """

    static let widths = [0, 40, 41, 57, 60, 80, 100, 120, 137, 200]

    @Test("no line is wider than the width, whatever the data", arguments: 0..<60 as Range<UInt64>)
    func width(seed: UInt64) throws {
        var reports = RandomReports(seed: seed)
        let data = reports.data()
        let width = Self.widths[Int(seed) % Self.widths.count]
        for charset in Charset.allCases {
            let options = RenderOptions(format: .plain, charset: charset, width: width)
            let text = try render(data, seed, options)
            let widest = text.split(separator: "\n").map { PrintableText.width($0) }.max() ?? 0
            #expect(widest <= options.width)
            #expect(
                text
                    == text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                        PrintableText.sanitized(line)
                    }.joined(separator: "\n"))
            if charset == .ascii { #expect(text.utf8.allSatisfy { $0 < 0x80 }) }
        }
    }

    @Test("ANSI output is plain output with colours, and nothing else escapes", arguments: 0..<20 as Range<UInt64>)
    func ansi(seed: UInt64) throws {
        var reports = RandomReports(seed: seed)
        let data = reports.data()
        let ansi = try render(data, seed, RenderOptions(format: .ansi, width: 90))
        let plain = try render(data, seed, RenderOptions(format: .plain, width: 90))
        #expect(ansi.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }

    @Test("equal input gives equal bytes", arguments: OutputFormat.allCases)
    func determinism(format: OutputFormat) throws {
        for seed in 0..<10 as Range<UInt64> {
            let texts = try (0..<2).map { _ in
                var reports = RandomReports(seed: seed)
                return try render(reports.data(), seed, RenderOptions(format: format, width: 100))
            }
            #expect(texts[0] == texts[1])
        }
    }

    @Test("every panel without data says so in a sentence", arguments: OutputFormat.allCases)
    func empty(format: OutputFormat) throws {
        for data in [
            DashboardData(), DashboardData(red: REDReport(from: 0, to: 0, step: 0, rows: []), map: ServiceMap()),
        ] {
            let text = try render(data, 0, RenderOptions(format: format))
            let heading = format == .markdown ? "## " : "── "
            let parts = text.split(separator: heading).dropFirst()
            #expect(parts.count == 11)
            for part in parts { #expect(part.contains(".")) }
        }
    }

    private func render(_ data: DashboardData, _ seed: UInt64, _ options: RenderOptions) throws -> String {
        let definition = try DashboardDefinition(yaml: Self.everything, file: "everything.yaml")
        let from = seed % 3 == 0 ? 0 : SampleShop.from
        let to = [from, from + 1, from + 900 * .nanosecondsPerSecond, .max][Int(seed) % 4]
        return try Dashboard(definition).render(data: data, from: from, to: to, options: options)
    }
}
