import ClewDurablePatterns
import GRDB
import Hummingbird

/// The tables of the inventory: what there is and for whom it is set aside, all within the caller's transaction.
///
/// Reservations are known by their order: asked for twice, they are made once.
enum StockRoom {
    /// Plenty of every product, but only five of `p-24`.
    static let schema = """
        CREATE TABLE stock (
            product TEXT PRIMARY KEY, initial INTEGER NOT NULL, available INTEGER NOT NULL CHECK (available >= 0)
        );
        CREATE TABLE reservations (
            "order" TEXT NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0),
            PRIMARY KEY ("order", product)
        );
        CREATE TABLE holders (
            "order" TEXT PRIMARY KEY, items INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('reserved', 'released', 'restocked'))
        );
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
        INSERT INTO stock SELECT printf('p-%02d', i), iif(i = 24, 5, 1000000000), iif(i = 24, 5, 1000000000) FROM n;
        """

    /// - Throws: 409 where a product is out of stock, or where the order gave its stock back before.
    static func reserve(_ new: InventoryService.NewReservation, in db: Database) throws -> Int {
        if let holder = try holder(new.order, in: db) {
            guard holder.state == "reserved" else {
                // A reservation that was under way while its saga gave up may come after the release.
                throw HTTPError(.conflict, message: "the stock of order '\(new.order)' was \(holder.state)")
            }
            return holder.items
        }
        let quantities = new.quantities
        for (product, quantity) in quantities.sorted(by: { $0.key < $1.key }) {
            try take(quantity, of: product, for: new.order, in: db)
        }
        let items = quantities.values.reduce(0, +)
        try db.execute(
            sql: "INSERT INTO holders (\"order\", items, state) VALUES (?, ?, 'reserved')",
            arguments: [new.order, items]
        )
        return items
    }

    /// Gives back what an order has, and makes sure that it gets nothing later.
    ///
    /// - Parameter state: `released` by a saga that gave up, `restocked` by a customer who sent it back.
    /// - Returns: How many items; 0 where it had none.
    static func giveBack(_ order: String, as state: String, in db: Database) throws -> Int {
        let holder = try holder(order, in: db)
        guard holder?.state ?? "reserved" == "reserved" else { return 0 }
        try db.execute(
            sql: """
                INSERT INTO holders ("order", items, state) VALUES (?, 0, ?)
                ON CONFLICT ("order") DO UPDATE SET state = excluded.state
                """,
            arguments: [order, state]
        )
        try db.execute(
            sql: """
                UPDATE stock SET available = available + r.quantity
                FROM reservations AS r WHERE r."order" = ? AND r.product = stock.product
                """,
            arguments: [order]
        )
        return holder?.items ?? 0
    }

    private static func take(_ quantity: Int, of product: String, for order: String, in db: Database) throws {
        try db.execute(
            sql: "UPDATE stock SET available = available - ? WHERE product = ? AND available >= ?",
            arguments: [quantity, product, quantity]
        )
        guard db.changesCount == 1 else {
            throw HTTPError(.conflict, message: "'\(product)' is out of stock")
        }
        try db.execute(
            sql: "INSERT INTO reservations (\"order\", product, quantity) VALUES (?, ?, ?)",
            arguments: [order, product, quantity]
        )
    }

    private static func holder(_ order: String, in db: Database) throws -> (state: String, items: Int)? {
        let query = "SELECT state, items FROM holders WHERE \"order\" = ?"
        guard let row = try Row.fetchOne(db, sql: query, arguments: [order]) else { return nil }
        return (try row.stored("state"), try row.stored("items"))
    }
}
