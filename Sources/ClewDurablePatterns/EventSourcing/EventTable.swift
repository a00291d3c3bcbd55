import Clew
import GRDB

/// The tables of the events and snapshots of one kind of aggregate.
struct EventTable: Sendable {
    struct Event: FetchableRecord, Sendable {
        var stream: String
        var version: Int
        /// Given by the table.
        var position: Int64 = 0
        var type: String
        var schemaVersion: Int
        var payload: String
        /// Nanoseconds since the Unix epoch.
        var time: Int64
        var context: StoredContext
        var correlationID: String?
    }

    struct Snapshot: Sendable {
        var version: Int
        var payload: String
    }

    let streamType: String

    static func migrate(_ migrator: inout DatabaseMigrator) {
        let identifier = "clew.event_store"
        // GRDB ends the process over a second registration, and stores of several aggregates share the tables.
        guard !migrator.migrations.contains(identifier) else { return }
        migrator.registerMigration(identifier) { db in
            // AUTOINCREMENT: the number of a row that is gone is not given again. SQLite has one writer at a time, so
            // that the order of the numbers is that of the commits: none is filled in behind a position that was read.
            try db.execute(
                sql: """
                    CREATE TABLE clew_event (
                        position INTEGER PRIMARY KEY AUTOINCREMENT,
                        streamtype TEXT NOT NULL,
                        stream TEXT NOT NULL,
                        version INTEGER NOT NULL,
                        type TEXT NOT NULL,
                        schemaversion INTEGER NOT NULL,
                        payload TEXT NOT NULL,
                        time INTEGER NOT NULL,
                        context TEXT NOT NULL,
                        correlationid TEXT,
                        UNIQUE (streamtype, stream, version)
                    );
                    CREATE INDEX clew_event_type ON clew_event (streamtype, position);
                    CREATE TABLE clew_snapshot (
                        streamtype TEXT NOT NULL,
                        stream TEXT NOT NULL,
                        version INTEGER NOT NULL,
                        schema INTEGER NOT NULL,
                        payload TEXT NOT NULL,
                        PRIMARY KEY (streamtype, stream)
                    );
                    """)
        }
    }

    /// - Returns: 0 where there is no such stream.
    func version(of stream: String, in db: Database) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT MAX(version) FROM clew_event WHERE streamtype = ? AND stream = ?",
            arguments: [streamType, stream]) ?? 0
    }

    /// - Throws: ``DurableError`` with ``DurableError/Code/conflict`` where the version is there: in a transaction that
    ///   began with reading, another writer may have been first.
    func insert(_ event: Event, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO clew_event (streamtype, stream, version, type, schemaversion, payload, time, context,
                    correlationid)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
            arguments: [
                streamType, event.stream, event.version, event.type, event.schemaVersion, event.payload, event.time,
                event.context.rawValue, event.correlationID,
            ])
        guard db.changesCount == 1 else {
            throw DurableError(
                .conflict, "\(streamType) '\(event.stream)' has a version \(event.version): load and decide again")
        }
    }

    func cursor(of stream: String, after version: Int, in db: Database) throws -> RecordCursor<Event> {
        try Event.fetchCursor(
            db,
            sql: """
                SELECT * FROM clew_event WHERE streamtype = ? AND stream = ? AND version > ? ORDER BY version
                """,
            arguments: [streamType, stream, version])
    }

    func events(after position: Int64, limit: Int, in db: Database) throws -> [Event] {
        try Event.fetchAll(
            db, sql: "SELECT * FROM clew_event WHERE streamtype = ? AND position > ? ORDER BY position LIMIT ?",
            arguments: [streamType, position, limit])
    }

    func snapshot(of stream: String, schema: Int, in db: Database) throws -> Snapshot? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT version, payload FROM clew_snapshot WHERE streamtype = ? AND stream = ? AND schema = ?
                """,
            arguments: [streamType, stream, schema])
        return try row.map { row in
            Snapshot(
                version: try row.stored("version"),
                payload: try row.stored("payload"))
        }
    }

    func saveSnapshot(of stream: String, _ snapshot: Snapshot, schema: Int, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO clew_snapshot (streamtype, stream, version, schema, payload) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (streamtype, stream) DO UPDATE
                    SET version = excluded.version, schema = excluded.schema, payload = excluded.payload
                """,
            arguments: [streamType, stream, snapshot.version, schema, snapshot.payload])
    }
}

extension EventTable.Event {
    init(row: Row) throws {
        stream = try row.stored("stream")
        version = try row.stored("version")
        position = try row.stored("position")
        type = try row.stored("type")
        schemaVersion = try row.stored("schemaversion")
        payload = try row.stored("payload")
        time = try row.stored("time")
        context = StoredContext(rawValue: try row.stored("context"))
        correlationID = try row.stored("correlationid") as String?
    }
}
