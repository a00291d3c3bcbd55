import ClewAnalysis
import ClewModel
import Testing

@Suite("Hops")
struct HopTests {
    private func hop(
        _ kind: SpanKind, target: Target? = nil, child: (service: String, kind: SpanKind)? = nil
    ) -> Hop {
        var builder = TraceBuilder()
        let span = builder.add("orders", "op", kind, 0...100, target: target)
        if let child { builder.add(child.service, "child", child.kind, 10...20, in: span) }
        return Hop(of: 0, in: builder.trace)
    }

    @Test(
        "entry, internal and unspecified spans are their service's work",
        arguments: [
            SpanKind.server, .consumer, .internal, .unspecified,
        ])
    func work(kind: SpanKind) {
        let peer = Target(kind: .peer, name: "orders.local")
        #expect(hop(kind, target: peer) == Hop(kind: .work, service: "orders", operation: "op"))
    }

    @Test(
        "a client span with a database target is a database call, by namespace, else by system",
        arguments: [
            (Target(kind: .database, system: "sqlite", name: "inventory"), "inventory"),
            (Target(kind: .database, system: "sqlite", name: ""), "sqlite"),
        ])
    func database(target: Target, name: String) {
        #expect(hop(.client, target: target) == Hop(kind: .database, service: "orders", target: name, operation: "op"))
        #expect(hop(.internal, target: target).kind == .database)
        #expect(hop(.server, target: target).kind == .work)
    }

    @Test(
        "a client span above a server span is the network between them",
        arguments: [
            ("payments", SpanKind.server), ("orders", .server), ("payments", .internal),
        ])
    func network(service: String, kind: SpanKind) {
        let peer = Target(kind: .peer, name: "10.0.0.7")
        let expected = Hop(kind: .network, service: "orders", target: service, operation: "op")
        #expect(hop(.client, target: peer, child: (service, kind)) == expected)
    }

    @Test("a client span that is seen only by the caller is external")
    func external() {
        let peer = Target(kind: .peer, name: "api.stripe.com")
        #expect(hop(.client, target: peer).name == "orders->api.stripe.com")
        #expect(hop(.client, target: peer, child: ("orders", .internal)).kind == .external)
        #expect(hop(.client).target == Hop.unknownTarget)
    }

    @Test("a producer without its consumer is messaging, with it the way to it")
    func messaging() {
        let queue = Target(kind: .messaging, system: "rabbitmq", name: "shipments")
        #expect(hop(.producer, target: queue).name == "orders=>shipments")
        #expect(hop(.producer).kind == .messaging)
        #expect(hop(.producer, target: queue, child: ("shipping", .consumer)).name == "orders->shipping")
    }
}
