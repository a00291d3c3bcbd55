import Foundation
import GRDB
import Hummingbird
import Logging

/// Books a carrier for an order.
struct ShippingService: ShopService {
    struct NewShipment: Codable, Sendable {
        var order: String
        var items: Int
    }

    struct Shipment: ResponseCodable {
        var id: String
        var carrier: String
    }

    private let database: ShopDatabase

    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE carriers (name TEXT PRIMARY KEY, largest INTEGER NOT NULL);
                CREATE TABLE shipments (id TEXT PRIMARY KEY, "order" TEXT NOT NULL, carrier TEXT NOT NULL);
                INSERT INTO carriers VALUES ('bicycle', 2), ('van', 20), ('lorry', 1000000);
                """
        )
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/shipments") { request, context in
            let shipment = try await request.decode(as: NewShipment.self, context: context)
            let booked = Shipment(id: UUID().uuidString.lowercased(), carrier: try await carrier(shipment.items))
            try await database.write(to: "shipments", "INSERT INTO shipments VALUES (?, ?, ?)") { db, sql in
                try db.execute(sql: sql, arguments: [booked.id, shipment.order, booked.carrier])
            }
            context.logger.debug("booked", metadata: ["order": "\(shipment.order)", "carrier": "\(booked.carrier)"])
            return EditedResponse(status: .created, response: booked)
        }
    }

    private func carrier(_ items: Int) async throws -> String {
        let query = "SELECT name FROM carriers WHERE largest >= ? ORDER BY largest LIMIT 1"
        let name = try await database.read(from: "carriers", query) { db, sql in
            try String.fetchOne(db, sql: sql, arguments: [items])
        }
        guard let name else { throw HTTPError(.conflict, message: "no carrier takes \(items) items") }
        return name
    }
}
