public import Clew
import ClewModel
import FoundationEssentials
public import GRDB
public import Tracing

/// Does what a client asks for once, however often it asks, and answers each time as the first time.
///
/// ```swift
/// let outcome = try await keys.run(
///     key, scope: "POST /charges \(client)", fingerprint: hash, in: database, span: span
/// ) { db in
///     try charge(order, in: db)
///     return .init(status: 201, body: receipt)
/// }
/// ```
///
/// A client that got no answer cannot know whether it was charged. It chooses a key, and sends it again with each
/// repetition. The answer is stored in the transaction of the work, so that there is no moment in which one is there
/// without the other. For work that is not one transaction there are ``begin(_:scope:fingerprint:in:span:)`` and
/// ``complete(_:_:in:)``: what dies in between is claimed again after the lease, and done again as far as it had come.
/// Each new key deletes a few whose time is over, so that the table does not grow for ever.
///
/// *When not to use it*: for requests that can be repeated anyway, such as `GET` and `PUT`; for messages, whose id is
/// their key (``Inbox``); and for answers that are too large to keep. Do not store the answer "try again later": throw
/// instead.
///
/// Telemetry: `clew.idempotency.key` and `clew.idempotency.outcome` on the server's span: `executed`, `replayed`,
/// `conflict` or `in_progress`.
///
/// Source: IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header-07): the
/// fingerprint, and the answers `422` to a conflict and `409` to what is in progress. The bounds of a key and the time
/// for which it is kept are those of Stripe's API.
public struct IdempotencyKeys: Sendable {
    private static let longestKey = 255
    /// More than one, so that a table that was left to grow gets smaller.
    private static let forgottenAtOnce = 4

    /// The table's name.
    public let table: String
    private let timeToLive: Duration
    private let inProgressLease: Duration
    private let clock: TelemetryClock

    /// - Parameters:
    ///   - table: A database may have several.
    ///   - timeToLive: How long a key is known from its first use on; default 24 h, at least the lease.
    ///   - inProgressLease: How long one who began may take until another may begin; default 30 s, at least 1 s.
    ///   - clock: The time of day.
    public init(
        table: String = "idempotency", timeToLive: Duration = .seconds(86_400),
        inProgressLease: Duration = .seconds(30), clock: TelemetryClock = .system
    ) {
        self.table = table
        self.inProgressLease = max(.seconds(1), inProgressLease)
        self.timeToLive = max(timeToLive, self.inProgressLease)
        self.clock = clock
    }

    private var identifier: String { table.quotedDatabaseIdentifier }

    /// Makes the table, with the migrations of the service's own.
    public func migrate(_ migrator: inout DatabaseMigrator) {
        let (name, index) = (identifier, "\(table)_expiresat".quotedDatabaseIdentifier)
        migrator.registerMigration("clew.idempotency.\(table)") { db in
            try db.execute(
                sql: """
                    CREATE TABLE \(name) (
                        scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, claim TEXT NOT NULL,
                        claimeduntil INTEGER NOT NULL, expiresat INTEGER NOT NULL, status INTEGER, body TEXT,
                        PRIMARY KEY (scope, key)
                    );
                    CREATE INDEX \(index) ON \(name) (expiresat);
                    """)
        }
    }

    /// Does something once for a key, in one transaction with the record of its answer.
    ///
    /// - Parameters:
    ///   - key: As the client sent it: 1 to 255 visible ASCII characters.
    ///   - scope: What the key is unique in, for example the route and the client: one client's keys say nothing about
    ///     another's.
    ///   - fingerprint: Tells other requests apart, for example a hash of the body.
    ///   - span: The server's span, for the key and the outcome.
    ///   - body: The work. What it throws undoes the record too, so that the key is as if it had not been used.
    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed`` where the key is none, with
    ///   ``DurableError/Code/conflict`` where it was used with another fingerprint, with
    ///   ``DurableError/Code/inProgress`` and the time until its lease ends where another works on it; errors of the
    ///   database; else what `body` throws.
    public func run(
        _ key: String, scope: String, fingerprint: String, in database: any DatabaseWriter,
        span: (any Tracing.Span)? = nil, _ body: @Sendable (Database) throws -> Answer
    ) async throws -> Outcome {
        try Self.validate(key)
        return try await reporting(key, span, \Outcome.reported) {
            try await database.tracedWrite("INSERT", table) { db -> Outcome in
                switch try claim(key, scope, fingerprint, db) {
                case .replay(let answer): return .replayed(answer)
                case .new(let token):
                    let answer = try body(db)
                    try complete(token, answer, in: db)
                    return .executed(answer)
                }
            }
        }
    }

    /// Begins work that is not one transaction.
    ///
    /// The parameters and errors are those of ``run(_:scope:fingerprint:in:span:_:)``.
    ///
    /// - Returns: A token to complete or abandon, or the answer that is known.
    public func begin(
        _ key: String, scope: String, fingerprint: String, in database: any DatabaseWriter,
        span: (any Tracing.Span)? = nil
    ) async throws -> Claim {
        try Self.validate(key)
        return try await reporting(key, span, \Claim.reported) {
            try await database.write { try claim(key, scope, fingerprint, $0) }
        }
    }

    /// Records the answer, best in the transaction of the last effect.
    ///
    /// - Throws: ``DurableError`` with ``DurableError/Code/lostClaim`` where another took over after the lease; errors
    ///   of the database.
    public func complete(_ token: Token, _ answer: Answer, in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE \(identifier) SET status = ?, body = ?
                WHERE scope = ? AND key = ? AND claim = ? AND status IS NULL
                """,
            arguments: [answer.status, answer.body, token.scope, token.key, token.claim])
        guard db.changesCount == 1 else {
            throw DurableError(
                .lostClaim,
                "the work for the idempotency key '\(token.key)' took longer than its lease: undo what it did")
        }
    }

    /// Gives the key back: nothing was done. Nothing happens where another took over after the lease.
    public func abandon(_ token: Token, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM \(identifier) WHERE scope = ? AND key = ? AND claim = ? AND status IS NULL",
            arguments: [token.scope, token.key, token.claim])
    }

    /// Deletes all keys whose time is over. They count as unknown before that too.
    ///
    /// - Returns: How many there were.
    public func forgetExpired(in db: Database) throws -> Int {
        try db.execute(sql: "DELETE FROM \(identifier) WHERE expiresat <= ?", arguments: [clock.storedTime])
        return db.changesCount
    }

    // MARK: - Claims

    private static func validate(_ key: String) throws {
        guard (1...longestKey).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw DurableError(
                .malformed,
                "an idempotency key has 1 to \(longestKey) visible ASCII characters: send for example a UUID")
        }
    }

    /// Who inserts or takes over a row has the key; all others read what became of it.
    private func claim(_ key: String, _ scope: String, _ fingerprint: String, _ db: Database) throws -> Claim {
        let token = Token(scope: scope, key: key, claim: UUID().uuidString)
        let now = clock.storedTime
        try db.execute(
            sql: """
                INSERT INTO \(identifier) (scope, key, fingerprint, claim, claimeduntil, expiresat)
                VALUES (:scope, :key, :fingerprint, :claim, :until, :expiry)
                ON CONFLICT (scope, key) DO UPDATE SET
                    fingerprint = excluded.fingerprint, claim = excluded.claim, claimeduntil = excluded.claimeduntil,
                    expiresat = excluded.expiresat, status = NULL, body = NULL
                WHERE expiresat <= :now
                    OR (status IS NULL AND claimeduntil <= :now AND fingerprint = excluded.fingerprint)
                """,
            arguments: [
                "scope": scope, "key": key, "fingerprint": fingerprint, "claim": token.claim, "now": now,
                "until": now.adding(inProgressLease), "expiry": now.adding(timeToLive),
            ])
        guard db.changesCount == 1 else { return try known(token, fingerprint, now, db) }
        try forgetSomeExpired(now, in: db)
        return .new(token)
    }

    private func forgetSomeExpired(_ now: Int64, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM \(identifier) WHERE rowid IN (
                    SELECT rowid FROM \(identifier) WHERE expiresat <= ? ORDER BY expiresat LIMIT ?)
                """,
            arguments: [now, Self.forgottenAtOnce])
    }

    private func known(_ token: Token, _ fingerprint: String, _ now: Int64, _ db: Database) throws -> Claim {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT fingerprint, status IS NULL AS isopen, status, body, claimeduntil FROM \(identifier)
                WHERE scope = ? AND key = ?
                """,
            arguments: [token.scope, token.key])
        let first: String? = try row?.stored("fingerprint")
        guard let row, first == fingerprint else {
            throw DurableError(
                .conflict, "the idempotency key '\(token.key)' was used for another request: send a new one for this")
        }
        let isOpen: Bool = try row.stored("isopen")
        if isOpen {
            let end: Int64 = try row.stored("claimeduntil")
            throw DurableError(
                .inProgress,
                "the request of the idempotency key '\(token.key)' is being worked on: send it again later",
                retryAfter: end.elapsed(since: now))
        }
        return .replay(Answer(status: try row.stored("status"), body: try row.stored("body")))
    }

    // MARK: - Telemetry

    private func reporting<Result>(
        _ key: String, _ span: (any Tracing.Span)?, _ outcome: (Result) -> ReportedOutcome,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            report(key, outcome(result), span)
            return result
        } catch {
            report(key, ReportedOutcome(error), span)
            throw error
        }
    }

    private func report(_ key: String, _ outcome: ReportedOutcome?, _ span: (any Tracing.Span)?) {
        guard let span, span.isRecording else { return }
        span.describe { attributes in
            attributes[SemanticConventions.idempotencyKey] = key
            attributes[SemanticConventions.idempotencyOutcome] = outcome?.rawValue
        }
    }
}
