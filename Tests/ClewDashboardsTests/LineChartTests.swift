import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Line charts in a dashboard")
struct LineChartTests {
    private static let minute = 60 * UInt64.nanosecondsPerSecond

    /// A report of fifteen minutes in which each service has requests in some of the fifteen steps.
    private static func report(services: Int, steps: Range<Int>) -> REDReport {
        var builder = REDBuilder(from: SampleShop.from, to: SampleShop.from + 15 * minute, step: minute)
        for service in 0..<services {
            for step in steps {
                // Later services have fewer requests.
                for request in 0...(services - service) {
                    let start = SampleShop.from + UInt64(step) * minute + UInt64(request) * 1_000_000
                    builder.add(
                        SpanSummary(
                            traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), parentSpanID: nil,
                            service: "service-\(service)", name: "GET /", kind: .server, start: start,
                            end: start + 1_000_000))
                }
            }
        }
        return builder.finish()
    }

    private static func render(_ report: REDReport, width: Int = 80) throws -> String {
        try Dashboard(BuiltinDashboards.definition("red")).render(
            data: DashboardData(red: report), from: report.from, to: report.to, options: RenderOptions(width: width))
    }

    @Test(
        "of many services the busiest have a line in the legend, and the others are counted", arguments: [80, 100, 120])
    func legend(width: Int) throws {
        let text = try Self.render(Self.report(services: 20, steps: 0..<15), width: width)
        let names = text.matches(of: #/━ (service-\d+)/#).map { String($0.output.1) }
        #expect(Set(names) == Set((0..<6).map { "service-\($0)" }))
        #expect(text.contains("… 14 less busy services not shown"))
    }

    @Test("side by side on 80 columns, nothing is cut but names")
    func narrow() throws {
        let text = try Self.render(Self.report(services: 2, steps: 0..<15), width: 80)
        #expect(!text.contains("…"))
        #expect(text.contains("── Rate ") && text.contains("  ── Errors "))
    }

    @Test("requests in a small part of the time are pointed out, and the axis keeps the whole time")
    func coverage() throws {
        let text = try Self.render(Self.report(services: 1, steps: 12..<13))
        #expect(text.contains("14:00–14:15 UTC (15m00s)"))
        #expect(text.contains("Requests came only in 6.7 % of this time, 2026-11-22 14:12–14:13 UTC (1m00s)"))
        #expect(text.contains(" 14:00 ") && text.contains(" 14:10"))
        let full = try Self.render(Self.report(services: 1, steps: 0..<15))
        #expect(!full.contains("Requests came only"))
    }
}
