import ClewAnalysis
import ClewDashboards
import ClewModel

/// Traces against others of their route.
enum SampleComparison {
    static let names = ["slow", "failed", "calls", "usual"]

    static func panel(_ name: String) -> WaterfallPanel {
        let shop = SampleShop.shared
        let checkouts = shop.traces.filter { $0.first?.name == "POST /checkout" }
        switch name {
        case "slow": return panel(shop.slowestSpans, against: shop.traces)
        case "failed": return panel(checkouts.first { $0.first?.status.code == .error } ?? [], against: shop.traces)
        case "calls": return panel(cart(0, items: 14), against: (1...60).map { cart($0, items: 2) })
        default:
            let sorted = checkouts.filter { $0.first?.status.code != .error }
                .sorted { ($0.first?.duration ?? 0) < ($1.first?.duration ?? 0) }
            return panel(sorted[sorted.count / 2], against: shop.traces)
        }
    }

    static func panel(_ spans: [Span], against others: [[Span]]) -> WaterfallPanel {
        let trace = Trace(spans: spans.map(SpanSummary.init))
        var builder = OperationBaselineBuilder(of: trace)
        for other in others { builder.add(Trace(spans: other.map(SpanSummary.init))) }
        return WaterfallPanel(
            trace, spans: spans, comparison: TraceComparison(trace, baseline: builder.finish()))
    }

    /// A cart that asks for each of its items by itself.
    static func cart(_ seed: UInt64, items: Int) -> [Span] {
        var random = SplitMix64(seed: seed)
        var maker = TraceMaker(&random, start: SampleShop.from)
        let milli: UInt64 = 1_000_000
        let gateway = maker.open("gateway", "GET /cart", .server, parent: nil, lead: 0)
        let call = maker.open("gateway", "GET orders", .client, parent: gateway, lead: milli)
        let orders = maker.open("orders", "GET /orders/{id}", .server, parent: call, lead: milli)
        for _ in 0..<items {
            let item = maker.open("orders", "SELECT item", .client, parent: orders, lead: milli / 4, database: "orders")
            maker.close(item, after: UInt64.random(in: (4 * milli)...(6 * milli), using: &random))
        }
        maker.close(orders, after: milli)
        maker.close(call, after: milli)
        maker.close(gateway, after: milli)
        return maker.spans
    }
}
