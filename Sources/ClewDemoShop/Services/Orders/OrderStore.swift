import ClewDurablePatterns
import GRDB
import Hummingbird
import Tracing

/// The orders as streams of events, each change in one transaction with what others are told of it.
struct OrderStore: Sendable {
    private static let insert = "INSERT INTO clew_event (stream, version, payload) VALUES (?, ?, ?)"
    private static let select = "SELECT version, payload FROM clew_event WHERE stream = ? ORDER BY version"

    let database: ShopDatabase
    let outbox: EventOutbox
    let flags: OrderFlags
    let switches: Switches
    private let events = EventStore<OrderAggregate>()

    static func migrate(_ migrator: inout DatabaseMigrator) {
        EventStore<OrderAggregate>().migrate(&migrator)
    }

    /// - Throws: 404 where there is no such order.
    func order(_ id: String) async throws -> OrdersService.Order {
        let aggregate = try await database.read(from: "clew_event", Self.select) { db, _ in
            try events.load(id, in: db).aggregate
        }
        return try Self.found(aggregate, id)
    }

    /// Writes a new order, and in the same transaction whatever else must not be there without it.
    ///
    /// - Parameter isAnnounced: Whether the outbox tells of it; if not, the caller has to.
    func place(
        _ placement: OrderAggregate.Placement,
        isAnnounced: Bool,
        with body: @escaping @Sendable (Database) throws -> Void
    ) async throws {
        try await database.write(to: "clew_event", Self.insert) { db, _ in
            try append([.placed(placement)], to: placement.id, version: 0, in: db, isAnnounced: isAnnounced)
            try body(db)
        }
    }

    /// - Throws: 404 where there is no such order, 409 where it cannot be sent back.
    func requestReturn(of id: String) async throws -> OrdersService.Order {
        let aggregate = try await database.write(to: "clew_event", Self.insert) { db, _ in
            try change(id, in: db) { aggregate in
                _ = try Self.found(aggregate, id)
                return try aggregate.requestReturn()
            }
        }
        return try Self.found(aggregate, id)
    }

    /// Loads an order, decides, and appends what follows.
    ///
    /// - Returns: The order after it.
    @discardableResult
    func change(
        _ id: String,
        in db: Database,
        _ decide: (OrderAggregate) throws -> [OrderAggregate.Event]
    ) throws -> OrderAggregate {
        let (loaded, version) = try events.load(id, in: db)
        let new = try decide(loaded)
        try append(new, to: id, version: version, in: db, isAnnounced: true)
        return new.reduce(into: loaded) { $0.apply($1) }
    }

    /// What the outbox would tell of a new order.
    func announcement(of placement: OrderAggregate.Placement) -> (any TopicEvent)? {
        announcement(of: .placed(placement), order: placement.id)
    }

    private func append(
        _ new: [OrderAggregate.Event],
        to id: String,
        version: Int,
        in db: Database,
        isAnnounced: Bool
    ) throws {
        guard !new.isEmpty else { return }
        _ = try events.append(new, to: id, expectedVersion: version, in: db)
        guard isAnnounced else { return }
        let context = ServiceContext.current ?? .topLevel
        try ServiceContext.withValue(switches.isOn(.lostContext) ? context.withoutTrace : context) {
            for event in new {
                if let announcement = announcement(of: event, order: id) { try outbox.append(announcement, in: db) }
            }
        }
    }

    private func announcement(of event: OrderAggregate.Event, order: String) -> (any TopicEvent)? {
        OrderAnnouncement.of(event, order: order, version: flags.placedVersion(of: order))
    }

    private static func found(_ aggregate: OrderAggregate, _ id: String) throws -> OrdersService.Order {
        guard let order = aggregate.order else {
            throw HTTPError(.notFound, message: "there is no order '\(id)'")
        }
        return order
    }
}
