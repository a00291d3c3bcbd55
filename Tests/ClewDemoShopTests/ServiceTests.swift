import AsyncHTTPClient
import ClewHTTPClient
import Foundation
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
            client: TracedHTTPClient(.shared),
            upstreams: [:],
            dataDirectory: directory
        )
        let admin = AdminRoutes(faults: board, upstreams: [:], client: .shared)
        let application = Application(router: try ShopServer.router(environment, admin: admin))
        try await application.test(.router, test)
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
            let response = try await client.execute(uri: "/charges", method: .post, body: try body(charge))
            #expect(response.status.code == status)
        }
    }

    @Test("what is out of stock is refused, and the whole reservation with it")
    func outOfStock() async throws {
        try await withService(.inventory) { client in
            var statuses: [Int] = []
            for quantity in [4, 2, 1] {
                let lines = ["p-01", "p-24"].map { OrdersService.Line(product: $0, quantity: quantity) }
                let body = try body(InventoryService.NewReservation(order: "o-1", lines: lines))
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
}
