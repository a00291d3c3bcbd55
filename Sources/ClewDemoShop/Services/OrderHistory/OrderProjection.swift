import Foundation
import GRDB

/// The read model of orders: what their events say, in the form in which customers ask.
enum OrderProjection {
    static let schema = """
        CREATE TABLE orders (
            sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, customer TEXT NOT NULL,
            totalCents INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, lines TEXT, placedAt INTEGER
        );
        CREATE INDEX ordersOfCustomer ON orders (customer, sequence);
        """

    /// - Returns: Whether the event changed anything.
    static func apply(_ event: HistoryEvent, in db: Database) throws -> Bool {
        switch event.change {
        case .placed(let placed):
            try insert(placed, event.state, in: db)
        case .moved(let from, let to, let reason):
            try db.execute(
                sql: "UPDATE orders SET state = ?, reason = ? WHERE id = ? AND state = ?",
                arguments: [to.rawValue, reason, event.order, from.rawValue]
            )
        }
        return db.changesCount == 1
    }

    /// Version 1 of the event has neither lines nor a time; the history shows the order without them.
    private static func insert(_ event: OrderPlaced, _ state: OrdersService.State, in db: Database) throws {
        let lines = try event.lines.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let placedAt = event.placedAt.map { Int64(clamping: $0) }
        try db.execute(
            sql: """
                INSERT INTO orders (id, customer, totalCents, state, lines, placedAt) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
            arguments: [event.order, event.customer, event.totalCents, state.rawValue, lines, placedAt]
        )
    }
}
