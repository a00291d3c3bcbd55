import ClewDurablePatterns
import Foundation
import GRDB
import Hummingbird

/// The tables of shipping: carriers and what they are booked for, all within the caller's transaction.
///
/// Shipments are known by their order: asked for twice, a carrier is booked once.
enum CarrierBook {
    static let schema = """
        CREATE TABLE carriers (name TEXT PRIMARY KEY, largest INTEGER NOT NULL);
        CREATE TABLE shipments (
            "order" TEXT PRIMARY KEY, id TEXT NOT NULL, carrier TEXT,
            state TEXT NOT NULL CHECK (state IN ('booked', 'cancelled', 'returned'))
        );
        INSERT INTO carriers VALUES ('bicycle', 2), ('van', 20), ('lorry', 1000000);
        """

    /// The smallest carrier that takes so many items.
    ///
    /// - Throws: 409 where none does.
    static func carrier(for items: Int, in db: Database) throws -> String {
        let query = "SELECT name FROM carriers WHERE largest >= ? ORDER BY largest LIMIT 1"
        guard let name = try String.fetchOne(db, sql: query, arguments: [items]) else {
            throw HTTPError(.conflict, message: "no carrier takes \(items) items")
        }
        return name
    }

    /// - Throws: 409 where the order's shipment was cancelled before, or came back.
    static func book(_ order: String, with carrier: String, in db: Database) throws -> ShippingService.Shipment {
        try db.execute(
            sql: """
                INSERT INTO shipments ("order", id, carrier, state) VALUES (?, ?, ?, 'booked')
                ON CONFLICT ("order") DO NOTHING
                """,
            arguments: [order, UUID().uuidString.lowercased(), carrier]
        )
        let query = "SELECT * FROM shipments WHERE \"order\" = ?"
        let row = try Row.fetchOne(db, sql: query, arguments: [order])
        let state: String? = try row?.stored("state")
        guard let row, state == "booked" else {
            // A booking that was under way while its saga gave up may come after the cancellation.
            throw HTTPError(.conflict, message: "the shipment of order '\(order)' was cancelled or came back")
        }
        return ShippingService.Shipment(id: try row.stored("id"), carrier: try row.stored("carrier"))
    }

    /// Cancels an order's shipment, and makes sure that none is booked later.
    ///
    /// - Returns: Whether there was one.
    static func cancel(_ order: String, in db: Database) throws -> Bool {
        if try end(order, as: "cancelled", in: db) { return true }
        try db.execute(
            sql: """
                INSERT INTO shipments ("order", id, state) VALUES (?, ?, 'cancelled')
                ON CONFLICT ("order") DO NOTHING
                """,
            arguments: [order, UUID().uuidString.lowercased()]
        )
        return false
    }

    /// The carrier brought it back.
    ///
    /// - Returns: Whether it was on its way.
    static func receive(_ order: String, in db: Database) throws -> Bool {
        try end(order, as: "returned", in: db)
    }

    private static func end(_ order: String, as state: String, in db: Database) throws -> Bool {
        try db.execute(
            sql: "UPDATE shipments SET state = ? WHERE \"order\" = ? AND state = 'booked'",
            arguments: [state, order]
        )
        return db.changesCount == 1
    }
}
