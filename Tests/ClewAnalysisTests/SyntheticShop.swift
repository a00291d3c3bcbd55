import ClewAnalysis
import ClewModel

/// Requests of a small shop with a delay on a chosen hop.
///
/// ```
/// gateway POST /checkout
///   gateway POST -> orders POST /orders
///     orders INSERT (orders.db)
///     orders publish (orders=>shipments)
///     orders POST -> payments POST /payments
///       payments POST (payments->api.bank.example)
///       payments authorize
/// ```
struct SyntheticShop {
    static let hops = [
        "gateway", "gateway->orders", "orders", "orders.db", "orders=>shipments", "orders->payments",
        "payments->api.bank.example", "payments",
    ]

    var generator: SplitMix64
    private var number: UInt64 = 0

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
    }

    /// A request in which `hop` takes `delay` nanoseconds longer.
    mutating func trace(slow hop: String = "", by delay: UInt64 = 0, failed: Bool = false) -> Trace {
        number += 1
        var extra: [String: UInt64] = [:]
        for name in Self.hops {
            // Between 1 and 3 ms each, so that the tail has noise of its own.
            extra[name] = UInt64.random(in: 1_000_000...3_000_000, using: &generator) + (name == hop ? delay : 0)
        }
        var clock = Clock(extra: extra)
        var builder = TraceBuilder(number)
        checkout(&builder, &clock, failed)
        return builder.trace
    }

    private struct Clock {
        var now: UInt64 = 1_000_000_000
        let extra: [String: UInt64]

        /// The time that a hop takes, as `time` since `start`.
        mutating func spend(on hop: String) { now += (extra[hop] ?? 0) / 2 }
    }

    private func checkout(_ builder: inout TraceBuilder, _ clock: inout Clock, _ failed: Bool) {
        let root = SpanID(1)
        let start = clock.now
        clock.spend(on: "gateway")
        if !failed { callOrders(&builder, &clock, root) }
        clock.spend(on: "gateway")
        builder.add(
            "gateway", "POST /checkout", .server, start...clock.now, status: failed ? .error : .unset, id: root)
    }

    private func callOrders(_ builder: inout TraceBuilder, _ clock: inout Clock, _ root: SpanID) {
        let (client, server) = (SpanID(2), SpanID(3))
        let start = clock.now
        clock.spend(on: "gateway->orders")
        let serverStart = clock.now
        clock.spend(on: "orders")
        leaf(
            &builder, &clock, server, "orders", "INSERT", "orders.db", .client,
            Target(kind: .database, system: "sqlite", name: "orders"), 4)
        leaf(
            &builder, &clock, server, "orders", "publish", "orders=>shipments", .producer,
            Target(kind: .messaging, system: "rabbitmq", name: "shipments"), 5)
        callPayments(&builder, &clock, server)
        clock.spend(on: "orders")
        builder.add("orders", "POST /orders", .server, serverStart...clock.now, in: client, id: server)
        clock.spend(on: "gateway->orders")
        builder.add("gateway", "POST", .client, start...clock.now, in: root, id: client)
    }

    private func callPayments(_ builder: inout TraceBuilder, _ clock: inout Clock, _ parent: SpanID) {
        let (client, server) = (SpanID(6), SpanID(7))
        let start = clock.now
        clock.spend(on: "orders->payments")
        let serverStart = clock.now
        leaf(
            &builder, &clock, server, "payments", "POST", "payments->api.bank.example", .client,
            Target(kind: .peer, name: "api.bank.example"), 8)
        leaf(&builder, &clock, server, "payments", "authorize", "payments", .internal, nil, 9)
        builder.add("payments", "POST /payments", .server, serverStart...clock.now, in: client, id: server)
        clock.spend(on: "orders->payments")
        builder.add("orders", "POST", .client, start...clock.now, in: parent, id: client)
    }

    private func leaf(
        _ builder: inout TraceBuilder, _ clock: inout Clock, _ parent: SpanID, _ service: String, _ name: String,
        _ hop: String, _ kind: SpanKind, _ target: Target?, _ id: UInt64
    ) {
        let start = clock.now
        clock.spend(on: hop)
        clock.spend(on: hop)
        builder.add(service, name, kind, start...clock.now, in: parent, target: target, id: SpanID(id))
    }
}
