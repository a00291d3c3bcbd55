import ClewAnalysis
import ClewModel
import Testing

@Suite("Service map")
struct ServiceMapTests {
    private func map(_ build: (inout TraceBuilder) -> Void) -> ServiceMap {
        var (builder, map) = (TraceBuilder(), ServiceMapBuilder())
        build(&builder)
        map.add(builder.trace)
        return map.finish()
    }

    private func edges(_ map: ServiceMap) -> [String] { map.edges.map { "\($0.from)->\($0.to)" } }

    @Test("a client span and its server span make one edge, timed as the caller saw it")
    func call() {
        let map = map {
            let root = $0.add("gateway", "GET /", .server, 0...100)
            let client = $0.add(
                "gateway", "GET", .client, 10...90, in: root, target: Target(kind: .peer, name: "o.local"))
            $0.add("orders", "GET /orders", .server, 20...80, in: client, status: .error)
        }
        #expect(edges(map) == ["gateway->orders"])
        #expect(map.edges[0].durations.max == 80)
        #expect(map.edges[0].errors == 0)
        #expect(map.nodes.map(\.name) == ["gateway", "orders"])
        #expect(map.nodes.map(\.errors) == [0, 1])
        #expect(map.nodes.map(\.durations.max) == [100, 60])
    }

    @Test("databases and peers without spans of their own are nodes")
    func leaves() {
        let map = map {
            let root = $0.add("orders", "GET /", .server, 0...100)
            $0.add(
                "orders", "SELECT", .client, 10...30, in: root,
                target: Target(kind: .database, system: "sqlite", name: "inventory"))
            $0.add(
                "orders", "SELECT", .internal, 10...30, in: root,
                target: Target(kind: .database, system: "sqlite", name: ""))
            $0.add(
                "orders", "POST", .client, 40...70, in: root, status: .error,
                target: Target(kind: .peer, name: "api.stripe.com"))
            $0.add("orders", "GET", .client, 70...80, in: root)
        }
        #expect(edges(map) == ["orders->api.stripe.com", "orders->sqlite", "orders->sqlite:inventory"])
        #expect(map.nodes.map(\.kind) == [.peer, .service, .database, .database])
        #expect(map.nodes[0].errors == 1)
        #expect(map.nodes[3].calls == 1)
    }

    @Test("a message goes by way of its queue")
    func queue() {
        let queue = Target(kind: .messaging, system: "rabbitmq", name: "shipments")
        let map = map {
            let root = $0.add("orders", "POST /", .server, 0...100)
            let publish = $0.add("orders", "publish", .producer, 10...20, in: root, target: queue)
            $0.add("shipping", "process", .consumer, 200...300, in: publish, target: queue)
            $0.add("payments", "process", .consumer, 200...300, in: publish)
        }
        #expect(
            edges(map) == [
                "orders->rabbitmq:shipments", "rabbitmq:shipments->payments", "rabbitmq:shipments->shipping",
            ])
        #expect(map.nodes.first { $0.kind == .queue }?.calls == 1)
    }

    @Test("a server span right below another service's entry is a call whose client span is missing")
    func missingClient() {
        let map = map {
            let root = $0.add("gateway", "GET /", .server, 0...100)
            $0.add("gateway", "step", .server, 0...90, in: root)
            $0.add("orders", "GET /orders", .server, 20...80, in: root)
        }
        #expect(edges(map) == ["gateway->orders"])
        #expect(map.edges[0].durations.max == 60)
    }

    @Test("a service that calls itself has an edge to itself")
    func selfCall() {
        let map = map {
            let client = $0.add("orders", "GET", .client, 0...90)
            $0.add("orders", "GET /", .server, 20...80, in: client)
        }
        #expect(edges(map) == ["orders->orders"])
    }

    @Test("a peer that has a service's name is that service, in any order")
    func peerIsService() {
        let map = map {
            $0.add("gateway", "GET", .client, 0...90, target: Target(kind: .peer, name: "orders"))
            $0.add("orders", "GET /", .server, 20...80, in: SpanID(77))
        }
        #expect(map.nodes.map(\.kind) == [.service, .service])
        #expect(map.nodes[1].calls == 1)
        #expect(edges(map) == ["gateway->orders"])
    }

    @Test("calls past the bounds are counted as dropped")
    func bounds() {
        var map = ServiceMapBuilder(maximumNodes: 4, maximumEdges: 2)
        for number in UInt64(0)..<10 {
            var builder = TraceBuilder(number)
            builder.add("gateway", "GET", .client, 0...90, target: Target(kind: .peer, name: "peer \(number)"))
            map.add(builder.trace)
        }
        #expect(map.finish().edges.count == 2)
        #expect(map.finish().nodes.count == 3)
        #expect(map.droppedCalls == 8)
    }
}
