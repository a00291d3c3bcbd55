import ClewDurablePatterns
import Foundation
import GRDB

/// The tables of payments: cards, charges and refunds, all within the caller's transaction.
enum ChargeBook {
    /// The customers `c-000` to `c-199` have cards; every fiftieth card is blocked.
    static let schema = """
        CREATE TABLE cards (customer TEXT PRIMARY KEY, isBlocked BOOLEAN NOT NULL);
        CREATE TABLE charges (
            id TEXT PRIMARY KEY, "order" TEXT NOT NULL, amountCents INTEGER NOT NULL, key TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('charged', 'refunded'))
        );
        CREATE INDEX chargesByOrder ON charges ("order");
        CREATE TABLE refunds ("order" TEXT PRIMARY KEY, amountCents INTEGER NOT NULL);
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
        INSERT INTO cards SELECT printf('c-%03d', i), i % 50 = 13 FROM n;
        """

    /// Whether a customer's card is blocked; customers without one pay by invoice.
    static func isBlocked(_ customer: String, in db: Database) throws -> Bool {
        let query = "SELECT isBlocked FROM cards WHERE customer = ?"
        return try Bool.fetchOne(db, sql: query, arguments: [customer]) ?? false
    }

    /// - Parameter isGuarded: Whether an order can be charged only once, whatever the key.
    /// - Returns: 201 with the charge, or 409 with the reason.
    static func charge(
        _ new: PaymentsService.NewCharge,
        key: String,
        isGuarded: Bool,
        in db: Database
    ) throws -> IdempotencyKeys.Answer {
        // A charge that was under way while its saga gave up may come after the refund.
        let refunded = try Int.fetchOne(db, sql: "SELECT 1 FROM refunds WHERE \"order\" = ?", arguments: [new.order])
        if refunded != nil { return .init(status: 409, body: "order '\(new.order)' was refunded") }
        let charged = try Int.fetchOne(db, sql: "SELECT 1 FROM charges WHERE \"order\" = ?", arguments: [new.order])
        if isGuarded, charged != nil { return .init(status: 409, body: "order '\(new.order)' was charged before") }
        let charge = PaymentsService.Charge(id: UUID().uuidString.lowercased())
        try db.execute(
            sql: "INSERT INTO charges (id, \"order\", amountCents, key, state) VALUES (?, ?, ?, ?, 'charged')",
            arguments: [charge.id, new.order, new.amountCents, key]
        )
        return try .init(status: 201, json: charge)
    }

    /// Pays back all that an order was charged, and makes sure that it is not charged later.
    static func refund(_ order: String, in db: Database) throws -> PaymentsService.Refund {
        let query = "SELECT SUM(amountCents) FROM charges WHERE \"order\" = ? AND state = 'charged'"
        let amount = try Int.fetchOne(db, sql: query, arguments: [order]) ?? 0
        try db.execute(
            sql: """
                INSERT INTO refunds ("order", amountCents) VALUES (?, ?)
                ON CONFLICT ("order") DO UPDATE SET amountCents = amountCents + excluded.amountCents
                """,
            arguments: [order, amount]
        )
        try db.execute(
            sql: "UPDATE charges SET state = 'refunded' WHERE \"order\" = ? AND state = 'charged'",
            arguments: [order]
        )
        return PaymentsService.Refund(order: order, amountCents: amount)
    }
}
