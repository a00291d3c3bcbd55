import ClewAnalysis
import ClewDashboards
import ClewModel
import Testing

@Suite("Panels")
struct PanelTests {
    // MARK: - Slow

    private func report(
        _ hop: Hop, change: Double = 312e6, share: Double = 0.95, slowCalls: Double = 1, typicalCalls: Double = 1,
        comparison: SlowReport.Comparison = .tail, difference: Int64 = 329_000_000, slow: Int = 42
    ) -> SlowReport {
        SlowReport(
            service: "gateway", operation: "POST /checkout", comparison: comparison, from: 0, to: 1, traceCount: 420,
            errorCount: 0, durations: Quantiles(), slow: .init(count: slow, meanDuration: 412e6),
            typical: .init(count: 210, meanDuration: 83e6), difference: difference,
            hops: [
                .init(
                    hop: hop, slowMean: change + 8e6, typicalMean: 8e6, slowCalls: slowCalls,
                    typicalCalls: typicalCalls,
                    shareOfTime: 0.7, shareOfDifference: share, slowTraces: 42, examples: [TraceID(high: 1, low: 2)])
            ], incompleteTraces: 0)
    }

    private let stock = Hop(kind: .database, service: "inventory", target: "stock", operation: "SELECT stock")

    @Test(
        "the verdict names the hop in the words of its kind",
        arguments: [
            (Hop.Kind.work, "in inventory's own work (step):"),
            (.database, "in inventory → database stock (step):"),
            (.network, "slow between inventory and stock: network or queueing (step):"),
            (.external, "in inventory → stock, which sends no telemetry (step):"),
            (.messaging, "in inventory → stock, publishing (step):"),
        ])
    func verdicts(kind: Hop.Kind, expected: String) {
        let hop = Hop(kind: kind, service: "inventory", target: "stock", operation: "step")
        #expect(SlowPanel.verdict(report(hop)).text.contains(expected))
    }

    @Test("the verdict gives the milliseconds, the share and how many traces")
    func figures() {
        #expect(
            SlowPanel.verdict(report(stock)).text
                == "POST /checkout is slow in inventory → database stock (SELECT stock): +312ms of +329ms (95 %) "
                + "in the slowest 10 % (42 of 420 traces).")
        #expect(
            SlowPanel.verdict(report(stock, comparison: .baseline)).text.hasSuffix(
                "got slower in inventory → database stock (SELECT stock): +312ms of +329ms (95 %) "
                    + "in 42 traces against 210 traces of the baseline."))
    }

    @Test("a hop without a majority is not called the cause")
    func noMajority() {
        let text = SlowPanel.verdict(report(stock, change: 60e6, share: 0.18)).text
        #expect(text.contains("no single hop explains it; the largest is inventory → database stock"))
    }

    @Test("a route that is not slower accuses nothing")
    func steady() {
        let text = SlowPanel(report(stock, difference: 400_000)).render(RenderOptions())
        #expect(text.hasPrefix("POST /checkout is steady: "))
        #expect(!text.contains("is slow"))
    }

    @Test("a lone trace is compared with nothing, and is named")
    func loneTrace() {
        var lone = report(stock, difference: 0, slow: 1)
        lone.traceCount = 1
        let text = SlowPanel(lone, sourceFlags: " --file a.json").render(RenderOptions())
        #expect(text.hasPrefix("Only one trace of POST /checkout in this time, "))
        #expect(text.contains("\nexample: clew trace ") && text.contains(" --file a.json\n"))
        #expect(!text.contains("typical"))
    }

    @Test("a list of routes has a verdict for each slow one and counts the steady ones")
    func slowList() {
        let steady = report(stock, difference: 0)
        let text = SlowListPanel([report(stock), steady, report(stock), steady], limit: 1).render(RenderOptions())
        #expect(text.split(separator: "\n").count { $0.hasPrefix("▶") } == 1)
        #expect(text.contains("… 1 more slow route not shown\n2 other routes are steady.\n"))
        #expect(SlowListPanel([steady]).render(RenderOptions()) == "1 route is steady.\n")
    }

    @Test("a number and its percent sign stay on one line", arguments: 0..<60)
    func percentSigns(width: Int) {
        let text: StyledText = "the slowest part of it took 98 % (17 of 165 traces)"
        #expect(text.wrapped(to: width + 12).allSatisfy { $0.text.first { $0 != " " } != "%" })
    }

    @Test("more calls and slower calls are told apart")
    func calls() {
        func text(_ slow: Double, _ typical: Double) -> String {
            SlowPanel(report(stock, slowCalls: slow, typicalCalls: typical)).render(RenderOptions(width: 120))
        }
        #expect(text(1, 1).contains("Each call takes 320ms instead of 8.00ms."))
        #expect(
            text(40, 1).contains("It is called 40 times a trace instead of 1; each call takes about as long (8.00ms)."))
        #expect(text(1, 0).contains("Typical traces do not wait for it at all; here it takes 320ms a call."))
    }

    @Test("few slow traces are called a hint")
    func fewTraces() {
        #expect(SlowPanel(report(stock, slow: 2)).render(RenderOptions()).contains("Only 2 slow traces"))
    }

    // MARK: - Waterfall

    @Test("a long trace is cut to its limit, and the rest is counted")
    func limit() {
        let text = WaterfallPanel(chain(spans: 10_000), limit: 50).render(RenderOptions(width: 80))
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0.contains("step") && !$0.contains("…") && !$0.contains("waited") } <= 51)
        #expect(text.contains("… 9,950 more"))
    }

    @Test("repeated calls below one parent are folded with their count and time")
    func folding() {
        let text = WaterfallPanel(UnusualTrace.trace).render(RenderOptions(width: 80))
        #expect(text.contains("… 37 more SELECT item, longest 3.00ms, 111ms on the critical path"))
        #expect(text.split(separator: "\n").count { $0.contains("SELECT item →") } == 3)
    }

    @Test("errors, logs and what is unusual are shown where they belong")
    func notes() {
        let text = WaterfallPanel(UnusualTrace.trace, spans: UnusualTrace.spans, logs: UnusualTrace.logs)
            .render(RenderOptions(width: 100))
        #expect(text.contains("✗ 402 Payment Required"))
        #expect(text.contains("WARN  cart has 40 items fetching each"))
        #expect(text.contains("the clock of payments differs from its callers'"))
        #expect(text.contains("? 1 span names a parent that is not in this trace"))
    }

    private func chain(spans: Int) -> Trace {
        Trace(
            spans: (1...UInt64(spans)).map { id in
                SpanSummary(
                    traceID: TraceID(high: 0, low: 1), spanID: SpanID(id), parentSpanID: id == 1 ? nil : SpanID(id - 1),
                    service: "a", name: "step", kind: .internal, start: id * 1000, end: 40_000_000 - id * 1000)
            })
    }

    // MARK: - Map and table

    @Test("a cycle ends, and a shared callee is shown once in full")
    func cycles() {
        func edge(_ from: String, _ to: String) -> ServiceMap.Edge {
            .init(from: from, to: to, calls: 1, errors: 0, durations: Quantiles())
        }
        let map = ServiceMap(edges: [edge("a", "b"), edge("b", "a"), edge("a", "c"), edge("c", "d"), edge("b", "c")])
        let text = MapPanel(map).render(RenderOptions(width: 80))
        #expect(text.contains("a ↑ above"))
        #expect(text.contains("c ↑ above"))
        #expect(text.split(separator: "\n").count { $0.contains("─ d") } == 1)
    }

    @Test("a narrow table drops the least important columns and keeps the others whole")
    func narrowTable() {
        let table = Table(
            columns: [.init("name", minimumWidth: 4), .init("rate", .right), .init("extra", .right, dropOrder: 1)],
            rows: [["checkout", "12.3/s", "a long extra column"]])
        #expect(table.lines(width: 40).map(\.text)[2] == "checkout  12.3/s  a long extra column")
        #expect(table.lines(width: 20).map(\.text)[2] == "checkout  12.3/s")
        #expect(table.lines(width: 12).map(\.text)[2] == "che…  12.3/s")
    }
}
