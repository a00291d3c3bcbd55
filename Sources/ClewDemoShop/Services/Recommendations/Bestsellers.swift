import ClewModel
import Foundation
import GRDB
import ServiceLifecycle
import Tracing

/// How often each product was sold, counted from the events of orders.
struct Bestsellers: Sendable {
    /// As many as a page has room for.
    static let length = 6
    private static let inbox = EventInbox(.recommendations)

    let database: ShopDatabase

    /// An order counts when it is confirmed; until then its lines wait.
    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE sales (product TEXT PRIMARY KEY, sold INTEGER NOT NULL);
                CREATE TABLE placements ("order" TEXT PRIMARY KEY, lines TEXT NOT NULL);
                """,
            migrations: Self.inbox.migrate
        )
    }

    /// The ids of the products that were sold most; before so many were sold, the first ones of the catalog fill up.
    func top() async throws -> [String] {
        let query = "SELECT product FROM sales ORDER BY sold DESC, product LIMIT ?"
        let sold = try await database.read(from: "sales", query) { db, sql in
            try String.fetchAll(db, sql: sql, arguments: [Self.length])
        }
        let all = (1...CatalogService.productCount).map { CatalogService.productID($0) }
        return sold + all.filter { !sold.contains($0) }.prefix(Self.length - sold.count)
    }

    func consumer(in environment: ServiceEnvironment) -> any Service {
        Self.inbox.consumer(into: database, in: environment) { message, span, db in
            guard let order = try Self.count(message, in: db) else { return }
            span.attributes[SemanticConventions.orderID] = order
        }
    }

    /// - Returns: The order that the event is about; `nil` where it is not about sales.
    static func count(_ message: BrokerMessage, in db: Database) throws -> String? {
        if let event = try OrderPlaced(message) {
            try remember(event, in: db)
            return event.order
        }
        if let event = try OrderConfirmed(message) {
            try sell(event.order, in: db)
            return event.order
        }
        guard let event = try OrderCancelled(message) else { return nil }
        try forget(event.order, in: db)
        return event.order
    }

    /// Version 1 of the event says nothing of lines: such an order does not count.
    private static func remember(_ event: OrderPlaced, in db: Database) throws {
        guard let lines = event.lines else { return }
        let json = String(decoding: try JSONEncoder().encode(lines), as: UTF8.self)
        try db.execute(
            sql: "INSERT INTO placements VALUES (?, ?) ON CONFLICT DO NOTHING", arguments: [event.order, json])
    }

    private static func sell(_ order: String, in db: Database) throws {
        let sql = """
            INSERT INTO sales
            SELECT json_extract(line.value, '$.product'), sum(json_extract(line.value, '$.quantity'))
            FROM placements, json_each(placements.lines) AS line WHERE "order" = ? GROUP BY 1
            ON CONFLICT (product) DO UPDATE SET sold = sold + excluded.sold
            """
        try db.execute(sql: sql, arguments: [order])
        try forget(order, in: db)
    }

    private static func forget(_ order: String, in db: Database) throws {
        try db.execute(sql: "DELETE FROM placements WHERE \"order\" = ?", arguments: [order])
    }
}
