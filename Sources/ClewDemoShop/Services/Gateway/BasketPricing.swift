import Foundation
import GRDB

/// `god-gateway`: baskets and prices in a database of the gateway, beside those of the services that own them.
struct BasketPricing: Sendable {
    private let database: Lazily<ShopDatabase>

    init(in environment: ServiceEnvironment) {
        database = Lazily {
            try environment.openDatabase(
                schema: """
                    CREATE TABLE prices (product TEXT PRIMARY KEY, priceCents INTEGER NOT NULL);
                    CREATE TABLE baskets (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, lines TEXT NOT NULL);
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
                    INSERT INTO prices SELECT printf('p-%02d', i), 490 + 310 * i FROM n;
                    """
            )
        }
    }

    /// - Returns: Cents.
    func price(_ basket: OrdersService.NewOrder) async throws -> Int {
        let database = try database.value()
        let lines = String(decoding: try JSONEncoder().encode(basket.lines), as: UTF8.self)
        let insert = "INSERT INTO baskets (customer, lines) VALUES (?, ?)"
        try await database.write(to: "baskets", insert) { db, sql in
            try db.execute(sql: sql, arguments: [basket.customer, lines])
        }
        let select = """
            SELECT total(priceCents * json_extract(line.value, '$.quantity')) FROM json_each(?) AS line \
            JOIN prices ON product = json_extract(line.value, '$.product')
            """
        return try await database.read(from: "prices", select) { db, sql in
            Int(try Double.fetchOne(db, sql: sql, arguments: [lines]) ?? 0)
        }
    }
}
