import Clew
import ClewModel
import GRDB

/// The table of one definition's sagas.
///
/// A claim is a number that grows with each claimant, and all that a run writes names its own: one that lost its claim,
/// and does not know yet, changes nothing.
///
/// Source: M. Kleppmann, "Designing Data-Intensive Applications" (2017), chapter 8, "Fencing tokens".
struct SagaStore: Sendable {
    /// Bounds what one pass and one listing read.
    static let limit = 1000
    /// More than one, so that a table that was left to grow gets smaller.
    private static let forgottenAtOnce = 4

    /// The definition's name.
    let saga: String

    static func migrate(_ migrator: inout DatabaseMigrator) {
        let identifier = "clew.saga"
        // GRDB ends the process over a second registration, and orchestrators of several states share the table.
        guard !migrator.migrations.contains(identifier) else { return }
        migrator.registerMigration(identifier) { db in
            try db.execute(
                sql: """
                    CREATE TABLE clew_saga (
                        name TEXT NOT NULL,
                        id TEXT NOT NULL,
                        state TEXT NOT NULL,
                        phase TEXT NOT NULL,
                        step INTEGER NOT NULL,
                        stepname TEXT NOT NULL,
                        attempt INTEGER NOT NULL,
                        isunderway INTEGER NOT NULL,
                        reason TEXT,
                        obstacle TEXT,
                        context TEXT NOT NULL,
                        startedat INTEGER NOT NULL,
                        updatedat INTEGER NOT NULL,
                        owner TEXT NOT NULL,
                        claim INTEGER NOT NULL,
                        claimeduntil INTEGER NOT NULL,
                        PRIMARY KEY (name, id)
                    );
                    CREATE INDEX clew_saga_due ON clew_saga (name, claimeduntil)
                        WHERE phase IN ('executing', 'compensating');
                    CREATE INDEX clew_saga_parked ON clew_saga (name, updatedat) WHERE phase = 'parked';
                    CREATE INDEX clew_saga_ended ON clew_saga (name, updatedat)
                        WHERE phase IN ('completed', 'compensated');
                    """)
        }
    }

    /// Adds a saga, claimed by its owner.
    ///
    /// - Returns: Whether there was none of this id.
    func insert(_ record: Record, owner: String, until end: Int64, in db: Database) throws -> Bool {
        try db.execute(
            sql: """
                INSERT INTO clew_saga (name, id, state, phase, step, stepname, attempt, isunderway, context,
                    startedat, updatedat, owner, claim, claimeduntil)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
            arguments: [
                saga, record.id, record.state, record.position.phase.rawValue, record.position.step, record.stepName,
                record.position.attempt, record.position.isUnderWay, record.context.rawValue, record.startedAt,
                record.updatedAt, owner, record.claim, end,
            ])
        return db.changesCount == 1
    }

    /// Takes a claim that is free.
    ///
    /// - Parameter orOwn: Whether the owner may take one that it has itself.
    /// - Returns: Whether the claim was taken.
    func claim(
        _ id: String, by owner: String, orOwn: Bool, at now: Int64, until end: Int64, in db: Database
    ) throws -> Bool {
        try db.execute(
            sql: """
                UPDATE clew_saga SET owner = :owner, claim = claim + 1, claimeduntil = :end
                WHERE name = :name AND id = :id AND phase IN ('executing', 'compensating')
                    AND (claimeduntil <= :now OR (:orOwn AND owner = :owner))
                """,
            arguments: ["owner": owner, "end": end, "name": saga, "id": id, "now": now, "orOwn": orOwn])
        return db.changesCount == 1
    }

    /// - Returns: Whether the claim still is the run's.
    func renew(_ id: String, claim: Int64, until end: Int64, in db: Database) throws -> Bool {
        try db.execute(
            sql: "UPDATE clew_saga SET claimeduntil = ? WHERE name = ? AND id = ? AND claim = ?",
            arguments: [end, saga, id, claim])
        return db.changesCount == 1
    }

    /// Frees the claim, if it still is the run's.
    func release(_ id: String, claim: Int64, in db: Database) throws {
        _ = try renew(id, claim: claim, until: 0, in: db)
    }

    /// Stores what changes, and renews the claim.
    ///
    /// - Throws: ``DurableError`` with ``DurableError/Code/lostClaim`` where another run has claimed the saga.
    func update(_ record: Record, claimedUntil end: Int64, in db: Database) throws {
        let position = record.position
        try db.execute(
            sql: """
                UPDATE clew_saga SET state = ?, phase = ?, step = ?, stepname = ?, attempt = ?, isunderway = ?,
                    reason = ?, obstacle = ?, updatedat = ?, claimeduntil = ?
                WHERE name = ? AND id = ? AND claim = ?
                """,
            arguments: [
                record.state, position.phase.rawValue, position.step, record.stepName, position.attempt,
                position.isUnderWay, position.reason, position.obstacle, record.updatedAt, end, saga, record.id,
                record.claim,
            ])
        guard db.changesCount == 1 else {
            throw DurableError(
                .lostClaim, "the saga '\(saga)' \(record.id) was claimed by another owner, which goes on with it")
        }
    }

    /// Deletes a few of the sagas that ended earlier.
    func forgetSomeEnded(before time: Int64, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM clew_saga WHERE rowid IN (
                    SELECT rowid FROM clew_saga
                    WHERE name = ? AND phase IN ('completed', 'compensated') AND updatedat < ?
                    ORDER BY updatedat LIMIT ?)
                """,
            arguments: [saga, time, Self.forgottenAtOnce])
    }

    /// The sagas that nobody drives, those first that wait longest.
    func due(at now: Int64, in db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT id FROM clew_saga
                WHERE name = ? AND phase IN ('executing', 'compensating') AND claimeduntil <= ?
                ORDER BY claimeduntil LIMIT ?
                """,
            arguments: [saga, now, Self.limit])
    }

    func parked(in db: Database) throws -> [ParkedSaga] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT id, stepname, obstacle, updatedat FROM clew_saga
                WHERE name = ? AND phase = 'parked' ORDER BY updatedat LIMIT ?
                """,
            arguments: [saga, Self.limit]
        ).map { row in
            let reason: String? = try row.stored("obstacle")
            let since: Int64 = try row.stored("updatedat")
            return ParkedSaga(
                id: try row.stored("id"), step: try row.stored("stepname"), reason: reason ?? "",
                since: UnixNanoseconds(clamping: since))
        }
    }

    /// - Throws: ``DurableError`` with ``DurableError/Code/unknown`` where there is none of this id; what cannot be
    ///   read.
    func record(_ id: String, in db: Database) throws -> Record {
        let sql = "SELECT * FROM clew_saga WHERE name = ? AND id = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [saga, id]) else {
            throw DurableError(.unknown, "there is no saga '\(saga)' \(id): start it first")
        }
        return try Record(row)
    }
}

extension SagaStore {
    /// A saga as it is stored, without its owner.
    struct Record: Sendable {
        var id: String
        /// The program's own state, in JSON.
        var state: String
        var position = SagaMachine.Position()
        /// The name of the step at the position, to notice where another definition stored it.
        var stepName: String
        /// Of the change that started the saga.
        var context: StoredContext
        /// Times are nanoseconds since the Unix epoch.
        var startedAt: Int64
        var updatedAt: Int64
        var claim: Int64 = 1
    }
}

extension SagaStore.Record {
    fileprivate init(_ row: Row) throws {
        let phase: String = try row.stored("phase")
        guard let known = SagaMachine.Position.Phase(rawValue: phase) else {
            throw DurableError(.malformed, "a saga in the unknown phase '\(phase)': a newer version may have stored it")
        }
        position.phase = known
        position.step = try row.stored("step")
        position.attempt = try row.stored("attempt")
        position.isUnderWay = try row.stored("isunderway")
        position.reason = try row.stored("reason") as String?
        position.obstacle = try row.stored("obstacle") as String?
        id = try row.stored("id")
        state = try row.stored("state")
        stepName = try row.stored("stepname")
        context = StoredContext(rawValue: try row.stored("context"))
        startedAt = try row.stored("startedat")
        updatedAt = try row.stored("updatedat")
        claim = try row.stored("claim")
    }
}
