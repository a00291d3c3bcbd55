import ClewAnalysis
import ClewModel

/// A request through a gateway to a service that asks its database some times and calls a service for the tax.
///
/// ```
/// gateway POST /checkout              12 ms + the below
///   gateway POST -> orders POST /orders
///     orders SELECT (database orders)   queries × 5 ms
///     orders GET -> tax GET /tax        10 ms
///     orders audit                      beside the tax, waited for by nobody
/// ```
struct Checkout {
    static let route = SlowAnalysis.Route(service: "gateway", operation: "POST /checkout")
    private static let milli: UInt64 = 1_000_000

    var queries: UInt64 = 1
    var query: UInt64 = 5
    var hasTax = true
    var hasCache = false
    var isTaxFailing = false

    /// - Parameter number: The trace's number; different ones begin at different times.
    func trace(_ number: UInt64 = 1) -> Trace { Trace(spans: spans(number)) }

    func spans(_ number: UInt64 = 1) -> [SpanSummary] {
        var builder = TraceBuilder(number)
        let begin = 1_000_000_000 * number
        let (root, client, server) = (SpanID(1), SpanID(2), SpanID(3))
        var now = begin + 5 * Self.milli
        func spend(_ milliseconds: UInt64) -> ClosedRange<UInt64> {
            defer { now += milliseconds * Self.milli }
            return now...(now + milliseconds * Self.milli)
        }
        if hasCache {
            let cache = Target(kind: .database, system: "redis", name: "cache")
            builder.add("orders", "GET order", .client, spend(1), in: server, target: cache, id: SpanID(90))
        }
        for index in 0..<queries {
            let database = Target(kind: .database, system: "sqlite", name: "orders")
            builder.add("orders", "SELECT", .client, spend(query), in: server, target: database, id: SpanID(10 + index))
        }
        if hasTax {
            let time = spend(10)
            builder.add("orders", "GET", .client, time, in: server, id: SpanID(4))
            builder.add(
                "tax", "GET /tax", .server, time, in: SpanID(4), status: isTaxFailing ? .error : .unset, id: SpanID(5))
            builder.add(
                "orders", "audit", .internal, time.lowerBound...(time.lowerBound + Self.milli), in: server,
                id: SpanID(6))
        }
        builder.add(
            "orders", "POST /orders", .server, (begin + 3 * Self.milli)...(now + Self.milli), in: client, id: server)
        builder.add("gateway", "POST", .client, (begin + 2 * Self.milli)...(now + 2 * Self.milli), in: root, id: client)
        builder.add("gateway", "POST /checkout", .server, begin...(now + 7 * Self.milli), id: root)
        return builder.spans
    }

    /// The profile of some requests of this shape.
    func profile(_ count: UInt64 = 1) -> CallProfile? {
        var builder = CallProfileBuilder(from: 0, to: 1)
        for number in 1...count { builder.add(trace(number)) }
        return builder.finish().first
    }
}

extension CallProfile {
    /// The node of the hop with this name and operation.
    func node(_ operation: String, _ kind: Hop.Kind? = nil) -> Node? {
        nodes.first { $0.hop.operation == operation && (kind == nil || $0.hop.kind == kind) }
    }
}

extension CallDiff {
    func row(_ operation: String, _ kind: Hop.Kind? = nil) -> Row? {
        rows.first { $0.hop.operation == operation && (kind == nil || $0.hop.kind == kind) }
    }
}
