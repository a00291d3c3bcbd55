import ClewAnalysis
import ClewModel

/// A trace with everything that can be unusual: repeated queries, a failure, a skewed clock, a missing parent.
enum UnusualTrace {
    static let spans: [Span] = {
        var random = SplitMix64(seed: 7)
        var maker = TraceMaker(&random, start: SampleShop.from)
        let milli: UInt64 = 1_000_000
        let gateway = maker.open("gateway", "GET /cart", .server, parent: nil, lead: 0)
        let call = maker.open("gateway", "GET orders", .client, parent: gateway, lead: milli)
        let orders = maker.open("orders", "GET /orders/{id}", .server, parent: call, lead: 2 * milli)
        for index in 0..<40 {
            let item = maker.open("orders", "SELECT item", .client, parent: orders, lead: milli / 4, database: "orders")
            maker.close(item, after: index == 17 ? 30 * milli : 3 * milli)
        }
        let pay = maker.open("orders", "POST payments", .client, parent: orders, lead: milli)
        let charge = maker.open("payments", "POST /charge", .server, parent: pay, lead: milli)
        maker.close(charge, after: 12 * milli, error: "card refused: \u{1B}[31mlimit\u{7} reached")
        maker.close(pay, after: milli, error: "402 Payment Required")
        maker.close(orders, after: milli)
        maker.close(call, after: 2 * milli)
        maker.close(gateway, after: milli)
        var spans = maker.spans
        // The payments host is five seconds ahead.
        spans[charge].start += 5000 * milli
        spans[charge].end += 5000 * milli
        var lost = spans[charge]
        lost.spanID = SpanID(0xABCD)
        lost.parentSpanID = SpanID(0xDEAD)
        lost.name = "audit"
        lost.status = SpanStatus()
        (lost.start, lost.end) = (spans[call].start, spans[call].start + 8 * milli)
        return spans + [lost, spans[0]]
    }()

    static let logs: [LogRecord] = [
        LogRecord(
            time: SampleShop.from + 4_000_000, severityNumber: 13, body: "cart has 40 items\nfetching each",
            traceID: spans[0].traceID, spanID: spans[2].spanID, resource: spans[2].resource)
    ]

    static let trace = Trace(spans: spans.map(SpanSummary.init))
}
