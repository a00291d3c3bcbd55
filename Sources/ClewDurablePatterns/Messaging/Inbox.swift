public import Clew
public import ClewModel
import CoreMetrics
public import GRDB
public import Tracing

/// Processes each message once, however often a broker delivers it.
///
/// ```swift
/// try await inbox.process(message.id, by: "stock", in: database, span: span) { db in
///     try reserve(order, in: db)
/// }
/// ```
///
/// The id of the message is recorded in the transaction of its effects: either both are there or neither, and a
/// delivery whose id is recorded runs nothing. Where two come at once, on two connections or in two processes, one
/// waits for the other; two processes need a busy timeout for that. Each new record deletes a few whose time is over,
/// so that the table does not grow for ever.
///
/// *When not to use it*: for effects that are not in this database, such as a call to another service: give that one an
/// idempotency key, the message's id. Where the effect can be repeated anyway, such as setting a state, it is a row for
/// nothing. And it does not put messages in order.
///
/// Telemetry: a database span of the transaction; `clew.inbox.outcome` on the consumer's span, `processed` or
/// `duplicate`; the counter `clew.inbox.duplicates` by `clew.pattern.name`, which is the consumer.
///
/// Source: C. Richardson, "Microservices Patterns" (2018), section 3.3.6, "Handling duplicate messages".
public struct Inbox: Sendable {
    /// The longest id, in bytes: that of a `message-id` of AMQP 0-9-1, a short string.
    private static let longestID = 255
    /// More than one, so that a table that was left to grow gets smaller.
    private static let forgottenAtOnce = 4

    /// The table's name.
    public let table: String
    private let retention: Duration

    /// - Parameters:
    ///   - table: A database may have several.
    ///   - retention: How long a message is known; default 30 days. One that is delivered again after that is processed
    ///     again, so let it be longer than any broker, or outbox, keeps one.
    public init(table: String = "inbox", retention: Duration = .seconds(30 * 86_400)) {
        self.table = table
        self.retention = max(.zero, retention)
    }

    /// The table's name as SQL has it.
    private var identifier: String { table.quotedDatabaseIdentifier }

    /// Makes the table, with the migrations of the service's own.
    public func migrate(_ migrator: inout DatabaseMigrator) {
        let (name, index) = (identifier, "\(table)_processedat".quotedDatabaseIdentifier)
        migrator.registerMigration("clew.inbox.\(table)") { db in
            try db.execute(
                sql: """
                    CREATE TABLE \(name) (
                        consumer TEXT NOT NULL, messageid TEXT NOT NULL, processedat INTEGER NOT NULL,
                        PRIMARY KEY (consumer, messageid)
                    ) WITHOUT ROWID;
                    CREATE INDEX \(index) ON \(name) (processedat);
                    """)
        }
    }

    /// Processes a message unless it was processed before.
    ///
    /// - Parameters:
    ///   - messageID: 1 to 255 bytes, none of them zero, the same for each delivery.
    ///   - consumer: Who processes it; each of several consumers of one message has it once. One of few.
    ///   - span: The consumer's span, for the outcome.
    ///   - clock: The time of day, for what is forgotten.
    ///   - body: The effects, in the transaction. What it throws undoes the record too, so that the next delivery is
    ///     processed.
    /// - Returns: What `body` returned; `nil` for a duplicate.
    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed`` where the id is none; errors of the database;
    ///   else what `body` throws.
    public func process<T: Sendable>(
        _ messageID: String, by consumer: String, in database: any DatabaseWriter, span: (any Tracing.Span)? = nil,
        clock: TelemetryClock = .system, _ body: @Sendable (Database) throws -> T
    ) async throws -> T? {
        let length = messageID.utf8.count
        // GRDB binds a text up to its first zero byte: two ids would be one.
        guard (1...Self.longestID).contains(length), !messageID.utf8.contains(0) else {
            throw DurableError(
                .malformed,
                "a message's id has \(length) bytes: send one of 1 to \(Self.longestID), none of them zero")
        }
        let result = try await database.tracedWrite("INSERT", table) { db -> T? in
            let now = clock.storedTime
            guard try record(messageID, consumer, now, db) else { return nil }
            try forgetSome(before: now.adding(Duration.zero - retention), in: db)
            return try body(db)
        }
        report(isDuplicate: result == nil, consumer, span)
        return result
    }

    /// Forgets all that was processed earlier, sooner than the retention does.
    ///
    /// - Returns: How many records were deleted.
    public func forget(before time: UnixNanoseconds, in db: Database) throws -> Int {
        try db.execute(
            sql: "DELETE FROM \(identifier) WHERE processedat < ?", arguments: [Int64(clamping: time)])
        return db.changesCount
    }

    /// - Returns: Whether the message was not known.
    private func record(_ messageID: String, _ consumer: String, _ time: Int64, _ db: Database) throws -> Bool {
        try db.execute(
            sql: "INSERT INTO \(identifier) (consumer, messageid, processedat) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [consumer, messageID, time])
        return db.changesCount == 1
    }

    private func forgetSome(before time: Int64, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM \(identifier) WHERE (consumer, messageid) IN (
                    SELECT consumer, messageid FROM \(identifier) WHERE processedat < ?
                    ORDER BY processedat LIMIT ?)
                """,
            arguments: [time, Self.forgottenAtOnce])
    }

    private func report(isDuplicate: Bool, _ consumer: String, _ span: (any Tracing.Span)?) {
        if let span, span.isRecording {
            span.describe { $0[SemanticConventions.inboxOutcome] = isDuplicate ? "duplicate" : "processed" }
        }
        guard isDuplicate else { return }
        Counter(
            label: SemanticConventions.inboxDuplicates, dimensions: [(SemanticConventions.patternName, consumer)]
        ).increment()
    }
}
