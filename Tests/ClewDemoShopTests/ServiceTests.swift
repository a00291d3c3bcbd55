import AsyncHTTPClient
import ClewHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ClewDemoShop

@Suite("The services")
struct ServiceTests {
    /// Runs a service's routes over a fresh database, with no process and no socket.
    private func withService(
        _ name: ServiceName,
        faults: [Fault] = [],
        _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("shop-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let board = FaultBoard(faults)
        let environment = ServiceEnvironment(
            name: name,
            faults: board,
            callees: Callees(of: name, client: TracedHTTPClient(.shared), faults: board),
            broker: HTTPBroker(url: "http://127.0.0.1:1", client: .shared),
            dataDirectory: directory
        )
        let service = try name.makeService(in: environment)
        let router = ShopServer.router(environment, service: service, admin: AdminRoutes(environment))
        try await Application(router: router).test(.router, test)
    }

    /// Takes what a queue of the broker has.
    private func receive(_ queue: String, _ client: any TestClientProtocol) async throws -> [Delivery] {
        let call = try body(BrokerCalls.Receive(limit: 10, waitMilliseconds: 0))
        let response = try await client.execute(uri: "/queues/\(queue)/receive", method: .post, body: call)
        return try JSONDecoder().decode(
            BrokerCalls.Deliveries.self, from: Data(response.body.readableBytesView)
        ).deliveries
    }

    private func post(_ value: some Encodable, to path: String, _ client: any TestClientProtocol) async throws {
        let response = try await client.execute(uri: path, method: .post, body: try body(value))
        #expect(response.status == .noContent)
    }

    /// Makes the queue `letters`, and publishes messages of one key to it.
    private func publish(_ ids: [String], key: String, _ client: any TestClientProtocol) async throws {
        let declaration = try body(BrokerCalls.Declaration(topics: ["orders"]))
        _ = try await client.execute(uri: "/queues/letters", method: .put, body: declaration)
        for id in ids {
            let message = BrokerMessage(
                id: id, type: "OrderPlaced", schemaVersion: 1, key: key, payload: "{}", headers: ["traceparent": "x"])
            try await post(message, to: "/topics/orders/messages", client)
        }
    }

    private func body(_ value: some Encodable) throws -> ByteBuffer {
        ByteBuffer(bytes: try JSONEncoder().encode(value))
    }

    @Test("the catalog knows its products and no others", arguments: [("p-01", 200), ("p-24", 200), ("p-99", 404)])
    func catalog(product: String, status: Int) async throws {
        try await withService(.catalog) { client in
            let response = try await client.execute(uri: "/products/\(product)", method: .get)
            #expect(response.status.code == status)
        }
    }

    @Test("the product list is whole and ordered")
    func products() async throws {
        try await withService(.catalog) { client in
            let response = try await client.execute(uri: "/products", method: .get)
            let products = try JSONDecoder().decode(
                [CatalogService.Product].self, from: Data(response.body.readableBytesView))
            #expect(products.count == 24)
            #expect(products.first?.id == "p-01")
            #expect(products.first?.priceCents == 800)
        }
    }

    @Test("a blocked card is declined, any other is charged", arguments: [("c-013", 402), ("c-014", 201)])
    func charge(customer: String, status: Int) async throws {
        try await withService(.payments) { client in
            let charge = PaymentsService.NewCharge(order: "o-1", customer: customer, amountCents: 500)
            let key = try #require(HTTPField.Name(UpstreamRequest.idempotencyKey))
            let response = try await client.execute(
                uri: "/charges", method: .post, headers: [key: "o-1/charge"], body: try body(charge))
            #expect(response.status.code == status)
        }
    }

    @Test("what is out of stock is refused, and the whole reservation with it")
    func outOfStock() async throws {
        try await withService(.inventory) { client in
            var statuses: [Int] = []
            for quantity in [4, 2, 1] {
                let lines = ["p-01", "p-24"].map { OrdersService.Line(product: $0, quantity: quantity) }
                let body = try body(InventoryService.NewReservation(order: "o-\(quantity)", lines: lines))
                statuses.append(try await client.execute(uri: "/reservations", method: .post, body: body).status.code)
            }
            #expect(statuses == [201, 409, 201])
        }
    }

    @Test("a lorry comes for a large order")
    func shipping() async throws {
        try await withService(.shipping) { client in
            let shipment = ShippingService.NewShipment(order: "o-1", items: 21)
            let response = try await client.execute(uri: "/shipments", method: .post, body: try body(shipment))
            let booked = try JSONDecoder().decode(
                ShippingService.Shipment.self, from: Data(response.body.readableBytesView))
            #expect(booked.carrier == "lorry")
        }
    }

    @Test("a failure on a service or its database is a 500", arguments: ["catalog=error", "catalog.db=error"])
    func failure(fault: String) async throws {
        try await withService(.catalog, faults: [try Fault(parsing: fault)]) { client in
            let products = try await client.execute(uri: "/products", method: .get)
            let health = try await client.execute(uri: "/healthz", method: .get)
            #expect([products.status, health.status] == [.internalServerError, .ok])
        }
    }

    @Test("faults can be set and cleared while a service runs, and a wrong one changes nothing")
    func admin() async throws {
        try await withService(.catalog) { client in
            var statuses: [Int] = []
            for faults in [["catalog=error"], ["warehouse=error"], []] {
                let body = try body(AdminRoutes.FaultList(faults: faults))
                statuses.append(try await client.execute(uri: "/admin/faults", method: .post, body: body).status.code)
                statuses.append(try await client.execute(uri: "/products", method: .get).status.code)
            }
            #expect(statuses == [200, 500, 400, 500, 200, 200])
        }
    }

    @Test("switches can be set while a service runs, and a wrong one changes nothing")
    func switches() async throws {
        try await withService(.catalog) { client in
            let path = "/admin/switches"
            var statuses: [Int] = []
            for name in ["dual-write", "warehouse"] {
                let body = try body(AdminRoutes.SwitchList(switches: [name]))
                statuses.append(try await client.execute(uri: path, method: .post, body: body).status.code)
            }
            #expect(statuses == [200, 400])
            let response = try await client.execute(uri: path, method: .get)
            let list = try JSONDecoder().decode(
                AdminRoutes.SwitchList.self, from: Data(response.body.readableBytesView))
            #expect(list.switches == ["dual-write"])
        }
    }

    @Test("a body above 64 KB is refused, one of that size is read")
    func largeBody() async throws {
        try await withService(.shipping) { client in
            var statuses: [Int] = []
            for size in [RequestBounds.body, RequestBounds.body + 1] {
                let blanks = ByteBuffer(string: String(repeating: " ", count: size))
                statuses.append(
                    try await client.execute(uri: "/shipments", method: .post, body: blanks).status.code)
            }
            #expect(statuses == [400, 413])
        }
    }

    @Test("a service that knows none of its callees is not ready, and one without callees is")
    func readiness() async throws {
        for (name, status) in [(ServiceName.orders, 503), (ServiceName.payments, 200)] {
            try await withService(name) { client in
                let found = try await client.execute(uri: "/readyz", method: .get).status.code
                #expect(found == status)
            }
        }
    }

    @Test("a message that was rejected comes again, with the same contents, and then the next of its key")
    func redelivery() async throws {
        try await withService(.broker) { client in
            try await publish(["m-1", "m-2"], key: "o-1", client)
            let first = try await receive("letters", client)
            #expect(first.map(\.message.id) == ["m-1"])
            #expect(try await receive("letters", client).isEmpty)
            let delivery = try #require(first.first)
            let rejection = BrokerCalls.Rejection(delivery: delivery, afterMilliseconds: 0)
            try await post(rejection, to: "/rejections", client)
            let second = try await receive("letters", client)
            #expect(second.map(\.message) == [delivery.message])
            #expect(second.map(\.attempt) == [2])
            try await post(BrokerCalls.Deliveries(deliveries: second), to: "/acknowledgements", client)
            #expect(try await receive("letters", client).map(\.message.id) == ["m-2"])
        }
    }

    @Test("a message is a dead letter after its fifth delivery")
    func deadLetter() async throws {
        try await withService(.broker) { client in
            try await publish(["m-1"], key: "o-1", client)
            for attempt in 1...5 {
                let delivery = try #require(try await receive("letters", client).first)
                #expect(delivery.attempt == attempt)
                let rejection = BrokerCalls.Rejection(delivery: delivery, afterMilliseconds: 0)
                try await post(rejection, to: "/rejections", client)
            }
            #expect(try await receive("letters", client).isEmpty)
            let response = try await client.execute(uri: "/dead-letters", method: .get)
            let letters = try JSONDecoder().decode([DeadLetter].self, from: Data(response.body.readableBytesView))
            #expect(letters.map(\.message.id) == ["m-1"])
            #expect(letters.map(\.attempts) == [5])
        }
    }

    @Test("an instance is registered until it does not renew its lease, and a restarted one takes its place")
    func leases() {
        let instance = ServiceInstance(service: .orders, instance: 1, version: "1.0.0", host: "127.0.0.1", port: 9000)
        var restarted = instance
        restarted.port = 9001
        var table = RegistryTable(lease: 50, at: 100)
        let isRegistered = table.register(instance, lease: "a", at: 100)
        let isRenewed = table.renew("a", at: 149)
        let before = table.instances(at: 198)
        #expect(isRegistered && isRenewed)
        #expect(before == [instance])
        let isReplaced = table.register(restarted, lease: "b", at: 198)
        let isOldKnown = table.renew("a", at: 198)
        let after = table.instances(at: 198)
        #expect(isReplaced && !isOldKnown)
        #expect(after == [restarted])
        let atTheEnd = table.instances(at: 248)
        #expect(atTheEnd.isEmpty)
        #expect(!table.isComplete(at: 149))
        #expect(table.isComplete(at: 150))
    }

    @Test("what a registry that has just begun does not know is kept")
    func incompleteRegistry() throws {
        let callees = Callees(
            of: .shipping, client: TracedHTTPClient(.shared), faults: FaultBoard(),
            seeds: [UpstreamAddress(name: .catalog, port: 9000)])
        #expect(callees.update([], isComplete: false).isEmpty)
        #expect(callees.missing.isEmpty)
        #expect(callees.update([], isComplete: true) == [.catalog])
        #expect(callees.missing == [.catalog])
    }
}
