import GRDB
import Hummingbird
import Logging

/// Keeps the stock and sets parts of it aside for orders.
struct InventoryService: ShopService {
    struct NewReservation: Codable, Sendable {
        var order: String
        var lines: [OrdersService.Line]
    }

    struct Reservation: ResponseCodable {
        var items: Int
    }

    private let database: ShopDatabase

    /// Plenty of every product, but only five of `p-24`.
    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE stock (product TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0));
                CREATE TABLE reservations ("order" TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
                INSERT INTO stock SELECT printf('p-%02d', i), iif(i = 24, 5, 1000000000) FROM n;
                """
        )
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/reservations") { request, context in
            let reservation = try await request.decode(as: NewReservation.self, context: context)
            for line in reservation.lines { try await check(line, context) }
            try await reserve(reservation)
            let items = reservation.lines.reduce(0) { $0 + $1.quantity }
            context.logger.debug("reserved", metadata: ["order": "\(reservation.order)", "items": "\(items)"])
            return EditedResponse(status: .created, response: Reservation(items: items))
        }
    }

    private func check(_ line: OrdersService.Line, _ context: BasicRequestContext) async throws {
        let query = "SELECT available FROM stock WHERE product = ?"
        let available = try await database.read(from: "stock", query) { db, sql in
            try Int.fetchOne(db, sql: sql, arguments: [line.product])
        }
        guard let available, available >= line.quantity else {
            context.logger.warning("out of stock", metadata: ["product": "\(line.product)"])
            throw Self.outOfStock(line.product)
        }
    }

    private func reserve(_ reservation: NewReservation) async throws {
        let query = "UPDATE stock SET available = available - ? WHERE product = ? AND available >= ?"
        try await database.write(to: "stock", query) { db, sql in
            for line in reservation.lines {
                try db.execute(sql: sql, arguments: [line.quantity, line.product, line.quantity])
                // Another order may have taken the last ones since the check.
                guard db.changesCount == 1 else { throw Self.outOfStock(line.product) }
                try db.execute(
                    sql: "INSERT INTO reservations VALUES (?, ?, ?)",
                    arguments: [reservation.order, line.product, line.quantity]
                )
            }
        }
    }

    private static func outOfStock(_ product: String) -> HTTPError {
        HTTPError(.conflict, message: "'\(product)' is out of stock")
    }
}
