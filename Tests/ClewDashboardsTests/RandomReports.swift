import ClewAnalysis
import ClewDashboards
import ClewModel

/// Data of every odd shape, from a seed.
struct RandomReports {
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    private static let names = [
        "a", "orders", "日本語のサービス", "\u{1B}[31mred\u{7}\n", "", "a|b`c", "e\u{301}\u{301}", "🚀🚀🚀",
        String(repeating: "very-long-", count: 40), "unknown_service:java", "GET /orders/{id}", "$service", "\u{202E}x",
    ]
    private static let counts = [0, 1, 7, 420, 1 << 40, Int.max]
    private static let times: [UInt64] = [0, 1, 999, 1_000_000, 312_000_000, 90_000_000_000, .max / 2, .max]

    mutating func data() -> DashboardData {
        let trace = spans()
        return DashboardData(
            red: red(), map: map(), slow: (0..<Int.random(in: 0...3, using: &random)).map { _ in slow() },
            trace: Trace(spans: trace.map(SpanSummary.init)), spans: trace)
    }

    private mutating func name() -> String { Self.names[Int.random(in: 0..<Self.names.count, using: &random)] }
    private mutating func count() -> Int { Self.counts[Int.random(in: 0..<Self.counts.count, using: &random)] }
    private mutating func time() -> UInt64 { Self.times[Int.random(in: 0..<Self.times.count, using: &random)] }
    private mutating func double() -> Double { Double(time()) * Double.random(in: 0...1, using: &random) }
    private mutating func quantiles() -> Quantiles {
        Quantiles(p50: time(), p90: time(), p95: time(), p99: time(), max: time())
    }

    private mutating func histogram() -> DurationHistogram {
        var histogram = DurationHistogram()
        for _ in 0..<Int.random(in: 0...6, using: &random) { histogram.record(time()) }
        return histogram
    }

    private mutating func red() -> REDReport {
        let from = time()
        let points = [0, 1, 2, 9, 200][Int.random(in: 0..<5, using: &random)]
        let rows = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            REDReport.Row(
                service: name(), operation: name(), count: count(), errors: count(), durations: quantiles(),
                series: (0..<points).map { _ in
                    REDReport.Point(
                        count: count(), errors: count(), p50: time(), p95: time(), p99: time(), histogram: histogram())
                },
                histogram: histogram())
        }
        return REDReport(from: from, to: time(), step: time(), rows: rows)
    }

    private mutating func map() -> ServiceMap {
        let kinds = ServiceMap.NodeKind.allCases
        return ServiceMap(
            nodes: (0..<Int.random(in: 0...8, using: &random)).map { index in
                ServiceMap.Node(
                    name: name(), kind: kinds[index % kinds.count], calls: count(), errors: count(),
                    durations: quantiles())
            },
            edges: (0..<Int.random(in: 0...20, using: &random)).map { _ in
                ServiceMap.Edge(from: name(), to: name(), calls: count(), errors: count(), durations: quantiles())
            })
    }

    private mutating func slow() -> SlowReport {
        let kinds = Hop.Kind.allCases
        let hops = (0..<Int.random(in: 0...15, using: &random)).map { index in
            SlowReport.HopShare(
                hop: Hop(kind: kinds[index % kinds.count], service: name(), target: name(), operation: name()),
                slowMean: double(), typicalMean: double(), slowCalls: double() / 1e9, typicalCalls: double() / 1e9,
                shareOfTime: .random(in: 0...1, using: &random), shareOfDifference: .random(in: -2...2, using: &random),
                slowTraces: count(), examples: [.random(using: &random)])
        }
        return SlowReport(
            service: name(), operation: name(), comparison: Bool.random(using: &random) ? .tail : .baseline,
            from: time(),
            to: time(), traceCount: count(), errorCount: count(), durations: quantiles(),
            slow: SlowReport.Group(count: count(), meanDuration: double()),
            typical: SlowReport.Group(count: count(), meanDuration: double()),
            difference: Int64(clamping: time()), hops: hops, incompleteTraces: count())
    }

    private mutating func spans() -> [Span] {
        let count = [0, 1, 2, 30, 300][Int.random(in: 0..<5, using: &random)]
        let isDeep = Bool.random(using: &random)
        let origin = time() / 4
        return (0..<count).map { index in
            let parent = index == 0 ? 0 : isDeep ? UInt64(index) : UInt64.random(in: 0...UInt64(index), using: &random)
            let start = origin + UInt64.random(in: 0...50_000_000, using: &random)
            var span = Span(
                traceID: TraceID(high: 1, low: 2), spanID: SpanID(UInt64(index) + 1),
                parentSpanID: parent == 0 ? nil : SpanID(parent), name: name(),
                kind: SpanKind.allCases[index % SpanKind.allCases.count], start: start,
                end: start &+ UInt64.random(in: 0...90_000_000, using: &random),
                status: SpanStatus(index % 7 == 3 ? .error : .ok, message: name()))
            span.resource.attributes[SemanticConventions.serviceName] = .string(name())
            return span
        }
    }
}
