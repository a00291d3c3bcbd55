public import Clew
public import GRDB

/// Messages that are committed with the business change that they tell of, for an ``OutboxRelay`` to publish.
///
/// ```swift
/// try await database.write { db in
///     try order.insert(db)
///     let placed = OutboxMessage(
///         aggregateType: "orders", aggregateID: order.id, type: "OrderPlaced", payload: order.json)
///     try outbox.append(placed, in: db)
/// }
/// relay.wake()
/// ```
///
/// A service that writes to its database and to a broker in turn loses one of the two when it dies in between. Here
/// there is one transaction; the broker hears of it at least once. A row is deleted when it is published, so the table
/// holds what is pending and nothing else.
///
/// *When not to use it*: where the change may be lost, such as a measurement, or where the caller waits for the effect
/// of the message: it comes later, by a relay's next pass at best. Payloads of megabytes belong elsewhere, with their
/// address in the message. And a message may come twice, so its consumers need an ``Inbox`` or a change that can be
/// repeated.
///
/// Telemetry: each row keeps the context that it was written in; see ``OutboxRelay``.
///
/// Source: C. Richardson, "Microservices Patterns" (2018), section 3.3.7, "Transactional outbox"; the names of the
/// columns are those of Debezium's "Outbox Event Router", so that it can read the table in place of the relay.
public struct Outbox: Sendable {
    /// The table's name.
    public let table: String
    private let clock: TelemetryClock

    /// - Parameters:
    ///   - table: A database may have several.
    ///   - clock: The time of day, from which the lag of a message is measured.
    public init(table: String = "outbox", clock: TelemetryClock = .system) {
        self.table = table
        self.clock = clock
    }

    /// The table's name as SQL has it.
    var identifier: String { table.quotedDatabaseIdentifier }

    /// Makes the table, with the migrations of the service's own.
    public func migrate(_ migrator: inout DatabaseMigrator) {
        let (name, index) = (identifier, "\(table)_aggregate".quotedDatabaseIdentifier)
        migrator.registerMigration("clew.outbox.\(table)") { db in
            // AUTOINCREMENT: the number of a row that is gone is not given again. SQLite has one writer at a time, so
            // that the order of the numbers is that of the commits.
            try db.execute(
                sql: """
                    CREATE TABLE \(name) (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT NOT NULL UNIQUE,
                        aggregatetype TEXT NOT NULL,
                        aggregateid TEXT NOT NULL,
                        type TEXT NOT NULL,
                        schemaversion INTEGER NOT NULL,
                        payload TEXT NOT NULL,
                        tracingspancontext TEXT NOT NULL,
                        createdat INTEGER NOT NULL,
                        availableat INTEGER NOT NULL DEFAULT 0,
                        attempts INTEGER NOT NULL DEFAULT 0
                    );
                    CREATE INDEX \(index) ON \(name) (aggregatetype, aggregateid, sequence);
                    """)
        }
    }

    /// Appends a message in the transaction of the change that it tells of, with the context of the current task.
    ///
    /// - Throws: ``DurableError`` with ``DurableError/Code/conflict`` where a message of this id is pending, with
    ///   ``DurableError/Code/malformed`` where its schema version is less than 1; errors of the database.
    public func append(_ message: OutboxMessage, in db: Database) throws {
        guard message.schemaVersion >= 1 else {
            throw DurableError(
                .malformed,
                "the message '\(message.id)' has the schema version \(message.schemaVersion): give it 1 or more")
        }
        try db.execute(
            sql: """
                INSERT INTO \(identifier)
                    (id, aggregatetype, aggregateid, type, schemaversion, payload, tracingspancontext, createdat)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
            arguments: [
                message.id, message.aggregateType, message.aggregateID, message.type, message.schemaVersion,
                message.payload, StoredContext().rawValue, clock.storedTime,
            ])
        guard db.changesCount == 1 else {
            throw DurableError(
                .conflict, "the outbox '\(table)' has a message '\(message.id)' already: give each message its own id")
        }
    }

    /// How many messages are not yet published.
    public func pendingCount(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(identifier)") ?? 0
    }
}
