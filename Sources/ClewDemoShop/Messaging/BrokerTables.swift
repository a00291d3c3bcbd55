import ClewDurablePatterns
import Foundation
import GRDB

/// The tables of ``BrokerStore``; each function is one transaction, and times are Unix nanoseconds.
struct BrokerTables: Sendable {
    /// The oldest dead letters beyond these are removed.
    private static let mostDeadLetters = 10_000

    let writer: any DatabaseWriter

    static func migrate(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("broker") { db in
            try db.execute(
                sql: """
                    CREATE TABLE queues (name TEXT PRIMARY KEY) WITHOUT ROWID;
                    CREATE TABLE bindings (
                        topic TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (topic, queue)
                    ) WITHOUT ROWID;
                    CREATE TABLE deliveries (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, topic TEXT NOT NULL,
                        "key" TEXT NOT NULL, message TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                        visibleAt INTEGER NOT NULL DEFAULT 0, receipt TEXT UNIQUE
                    );
                    CREATE INDEX deliveriesInOrder ON deliveries (queue, sequence);
                    CREATE INDEX deliveriesByKey ON deliveries (queue, "key", sequence);
                    CREATE TABLE deadLetters (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, topic TEXT NOT NULL,
                        message TEXT NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL
                    );
                    """
            )
        }
    }

    func declare(queue: String, topics: Set<String>) async throws {
        try await writer.write { db in
            try db.execute(sql: "INSERT OR IGNORE INTO queues VALUES (?)", arguments: [queue])
            try db.execute(sql: "DELETE FROM bindings WHERE queue = ?", arguments: [queue])
            for topic in topics {
                try db.execute(sql: "INSERT INTO bindings VALUES (?, ?)", arguments: [topic, queue])
            }
        }
    }

    /// - Returns: The queues that the message is in now.
    func publish(_ message: BrokerMessage, to topic: String) async throws -> [String] {
        let text = String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
        return try await writer.write { db in
            let queues = try String.fetchAll(
                db, sql: "SELECT queue FROM bindings WHERE topic = ? ORDER BY queue", arguments: [topic])
            for queue in queues {
                try Self.checkRoom(in: queue, db)
                try db.execute(
                    sql: "INSERT INTO deliveries (queue, topic, \"key\", message) VALUES (?, ?, ?, ?)",
                    arguments: [queue, topic, message.key, text])
            }
            return queues
        }
    }

    /// Leases the first messages of a queue of which no earlier one of the same key is still there.
    func take(from queue: String, limit: Int, now: Int64, leaseEnd: Int64) async throws -> [Delivery] {
        // Most looks find nothing: those stay off the only writer.
        guard try await writer.read({ try Self.hasVisible(queue, now, $0) }) else { return [] }
        return try await writer.write { db in
            try Self.buryExpired(queue, now, db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT sequence, topic, message, attempts FROM deliveries AS d
                    WHERE queue = ? AND visibleAt <= ? AND NOT EXISTS (
                        SELECT 1 FROM deliveries AS e
                        WHERE e.queue = d.queue AND e."key" = d."key" AND e.sequence < d.sequence
                    ) ORDER BY sequence LIMIT ?
                    """,
                arguments: [queue, now, limit])
            return try rows.map { try Self.lease($0, of: queue, until: leaseEnd, db) }
        }
    }

    func acknowledge(_ receipts: [String]) async throws {
        guard !receipts.isEmpty else { return }
        try await writer.write { db in
            for receipt in receipts {
                try db.execute(sql: "DELETE FROM deliveries WHERE receipt = ?", arguments: [receipt])
            }
        }
    }

    /// Gives a message back, to be visible from then on.
    func release(_ receipt: String, at time: Int64) async throws {
        try await writer.write { db in
            try db.execute(
                sql: "UPDATE deliveries SET visibleAt = ?, receipt = NULL WHERE receipt = ?",
                arguments: [time, receipt])
        }
    }

    func bury(receipt: String, reason: String) async throws {
        try await writer.write { db in try Self.bury("receipt = ?", [receipt], reason: reason, db) }
    }

    func deadLetters(limit: Int) async throws -> [DeadLetter] {
        try await writer.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM deadLetters ORDER BY sequence DESC LIMIT ?", arguments: [limit])
            return try rows.map { row in
                DeadLetter(
                    message: try Self.message(row), queue: try row.stored("queue"), topic: try row.stored("topic"),
                    attempts: try row.stored("attempts"), reason: try row.stored("reason"))
            }
        }
    }

    func depths() async throws -> [String: Int] {
        try await writer.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT name, (SELECT COUNT(*) FROM deliveries WHERE queue = name) AS depth FROM queues
                    """)
            return try rows.reduce(into: [:]) { depths, row in
                let name: String = try row.stored("name")
                depths[name] = try row.stored("depth") as Int
            }
        }
    }

    private static func hasVisible(_ queue: String, _ now: Int64, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM deliveries WHERE queue = ? AND visibleAt <= ?)",
            arguments: [queue, now]) ?? false
    }

    private static func checkRoom(in queue: String, _ db: Database) throws {
        let count =
            try Int.fetchOne(
                db, sql: "SELECT COUNT(*) FROM deliveries WHERE queue = ?", arguments: [queue]) ?? 0
        guard count < BrokerStore.largestQueue else {
            throw ShopError(.brokerFailed, "the queue '\(queue)' is full: its consumer does not keep up; try later")
        }
    }

    private static func lease(_ row: Row, of queue: String, until end: Int64, _ db: Database) throws -> Delivery {
        let sequence: Int64 = try row.stored("sequence")
        let earlier: Int = try row.stored("attempts")
        let receipt = "\(sequence).\(UUID().uuidString.lowercased())"
        try db.execute(
            sql: "UPDATE deliveries SET attempts = attempts + 1, visibleAt = ?, receipt = ? WHERE sequence = ?",
            arguments: [end, receipt, sequence])
        return Delivery(
            message: try message(row), queue: queue, topic: try row.stored("topic"), attempt: earlier + 1,
            receipt: receipt)
    }

    /// Those whose receivers ended or hung each time.
    private static func buryExpired(_ queue: String, _ now: Int64, _ db: Database) throws {
        try bury(
            "queue = ? AND visibleAt <= ? AND attempts >= ?", [queue, now, BrokerStore.mostDeliveries],
            reason: "it was neither acknowledged nor rejected in its last delivery", db)
    }

    private static func bury(
        _ condition: String, _ arguments: StatementArguments, reason: String, _ db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO deadLetters (queue, topic, message, attempts, reason)
                SELECT queue, topic, message, attempts, ? FROM deliveries WHERE \(condition)
                """,
            arguments: StatementArguments([reason]) + arguments)
        guard db.changesCount > 0 else { return }
        try db.execute(sql: "DELETE FROM deliveries WHERE \(condition)", arguments: arguments)
        try db.execute(
            sql: "DELETE FROM deadLetters WHERE sequence <= (SELECT MAX(sequence) FROM deadLetters) - ?",
            arguments: [mostDeadLetters])
    }

    private static func message(_ row: Row) throws -> BrokerMessage {
        let text: String = try row.stored("message")
        return try JSONDecoder().decode(BrokerMessage.self, from: Data(text.utf8))
    }
}
