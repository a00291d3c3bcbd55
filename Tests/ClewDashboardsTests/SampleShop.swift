import ClewAnalysis
import ClewDashboards
import ClewModel

/// A shop's telemetry of fifteen minutes, the same in every run: the stock query of one checkout in eight is slow.
struct SampleShop {
    static let from: UnixNanoseconds = 1_795_356_000 * .nanosecondsPerSecond
    static let to = from + 900 * .nanosecondsPerSecond

    private(set) var traces: [[Span]] = []
    private var random = SplitMix64(seed: 42)

    static let shared = SampleShop()

    private init() {
        for index in 0..<420 { traces.append(checkout(at: Self.from + UInt64(index) * 2_142_000_000)) }
        for index in 0..<900 { traces.append(browse(at: Self.from + UInt64(index) * 999_000_000)) }
    }

    var data: DashboardData {
        var red = REDBuilder(from: Self.from, to: Self.to, step: 30 * .nanosecondsPerSecond)
        var map = ServiceMapBuilder()
        var slow = SlowAnalysis(from: Self.from, to: Self.to)
        for spans in traces {
            let trace = Trace(spans: spans.map(SpanSummary.init))
            for span in trace.spans { red.add(span) }
            map.add(trace)
            slow.add(trace)
        }
        return DashboardData(
            red: red.finish(), map: map.finish(), slow: slow.reports(), trace: slowest, spans: slowestSpans)
    }

    /// The spans of the slowest checkout.
    var slowestSpans: [Span] { traces.prefix(420).max { duration($0) < duration($1) } ?? [] }
    var slowest: Trace { Trace(spans: slowestSpans.map(SpanSummary.init)) }

    private func duration(_ spans: [Span]) -> UInt64 { spans.first?.duration ?? 0 }

    // MARK: - Requests

    private mutating func checkout(at start: UInt64) -> [Span] {
        var builder = TraceMaker(&random, start: start)
        let isSlow = UInt64.random(in: 0..<8, using: &random) == 0
        let isRefused = UInt64.random(in: 0..<40, using: &random) == 0
        let gateway = builder.open("gateway", "POST /checkout", .server, parent: nil, lead: 0)
        let call = builder.open("gateway", "POST orders", .client, parent: gateway, lead: ms(1, 3))
        let orders = builder.open("orders", "POST /orders", .server, parent: call, lead: ms(1, 2))
        let reserve = builder.open("orders", "POST inventory", .client, parent: orders, lead: ms(2, 5))
        let inventory = builder.open("inventory", "POST /reserve", .server, parent: reserve, lead: ms(1, 2))
        let stock = builder.open(
            "inventory", "SELECT stock", .client, parent: inventory, lead: ms(1, 3), database: "stock")
        builder.close(stock, after: isSlow ? ms(260, 420) : ms(3, 9))
        let update = builder.open(
            "inventory", "UPDATE stock", .client, parent: inventory, lead: ms(0, 1), database: "stock")
        builder.close(update, after: ms(2, 5))
        builder.close(inventory, after: ms(1, 2))
        builder.close(reserve, after: ms(1, 2))
        let pay = builder.open("orders", "POST payments", .client, parent: orders, lead: ms(1, 2))
        let payments = builder.open("payments", "POST /charge", .server, parent: pay, lead: ms(1, 2))
        let bank = builder.open(
            "payments", "POST api.bank.example", .client, parent: payments, lead: ms(1, 2), peer: "api.bank.example")
        builder.close(bank, after: ms(20, 45), error: isRefused ? "card refused" : nil)
        builder.close(payments, after: ms(1, 2), error: isRefused ? "card refused" : nil)
        builder.close(pay, after: ms(0, 1), error: isRefused ? "402 Payment Required" : nil)
        let insert = builder.open(
            "orders", "INSERT orders", .client, parent: orders, lead: ms(1, 2), database: "orders")
        builder.close(insert, after: ms(2, 6))
        builder.close(orders, after: ms(1, 3), error: isRefused ? "card refused" : nil)
        builder.close(call, after: ms(0, 1))
        builder.close(gateway, after: ms(1, 2), error: isRefused ? "502 Bad Gateway" : nil)
        return builder.spans
    }

    private mutating func browse(at start: UInt64) -> [Span] {
        var builder = TraceMaker(&random, start: start)
        let gateway = builder.open("gateway", "GET /products/{id}", .server, parent: nil, lead: 0)
        let call = builder.open("gateway", "GET catalog", .client, parent: gateway, lead: ms(1, 2))
        let catalog = builder.open("catalog", "GET /products/{id}", .server, parent: call, lead: ms(1, 2))
        let select = builder.open(
            "catalog", "SELECT products", .client, parent: catalog, lead: ms(0, 1), database: "products")
        builder.close(select, after: ms(1, 12))
        builder.close(catalog, after: ms(0, 2))
        builder.close(call, after: ms(0, 1))
        builder.close(gateway, after: ms(0, 1))
        return builder.spans
    }

    /// Nanoseconds between two numbers of milliseconds.
    private mutating func ms(_ low: UInt64, _ high: UInt64) -> UInt64 {
        UInt64.random(in: (low * 1_000_000)...(high * 1_000_000), using: &random)
    }
}
