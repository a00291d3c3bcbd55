import ClewAnalysis
import ClewModel

/// Checkouts of a gateway that calls orders, which asks its database some times.
enum CheckoutTraces {
    static let ms: UInt64 = 1_000_000

    /// A checkout of 10 ms and what its queries take, one after the other.
    ///
    /// - Parameters:
    ///   - query: Nanoseconds of each query.
    ///   - isFailed: Whether every span but the queries before the last failed.
    static func trace(
        _ number: UInt64, query: UInt64 = 6 * CheckoutTraces.ms, queries: UInt64 = 1, isFailed: Bool = false
    ) -> Trace {
        var builder = TraceBuilder(number)
        let work = query * queries
        let status: SpanStatus.Code = isFailed ? .error : .unset
        let root = builder.add("gateway", "POST /checkout", .server, 0...(work + 10 * ms), status: status)
        let call = builder.add("gateway", "POST", .client, ms...(work + 9 * ms), in: root, status: status)
        let orders = builder.add(
            "orders", "POST /orders", .server, (2 * ms)...(work + 8 * ms), in: call, status: status)
        let database = Target(kind: .database, system: "sqlite", name: "orders")
        for index in 0..<queries {
            let start = 4 * ms + index * query
            builder.add(
                "orders", "SELECT item", .client, start...(start + query), in: orders,
                status: index == queries - 1 ? status : .unset, target: database)
        }
        return builder.trace
    }

    /// One span of so many nanoseconds.
    static func single(_ number: UInt64, _ duration: UInt64) -> Trace {
        var builder = TraceBuilder(number)
        builder.add("gateway", "GET /", .server, 0...duration)
        return builder.trace
    }
}

extension TraceComparison {
    /// A trace against others.
    init(_ trace: Trace, against others: some Sequence<Trace>) {
        self.init(trace, baseline: OperationBaseline(of: trace, in: others))
    }
}

extension OperationBaseline {
    /// What is usual for a trace in others.
    init(of trace: Trace, in others: some Sequence<Trace>) {
        var builder = OperationBaselineBuilder(of: trace)
        for other in others { builder.add(other) }
        self = builder.finish()
    }
}
