import GRDB

// A row is claimed by moving the time from which it is available. The number of the claim fences: whoever was too slow
// finds another one, and changes nothing.

extension Outbox {
    /// The longest that a row is held back, by a claim or after a failure. One that is held back for longer was written
    /// before the clock was set back, and is available.
    static let longestHold = Duration.seconds(3_600)

    /// Claims the first rows of which none before them, of the same aggregate, is held back.
    ///
    /// - Returns: The rows in the order in which they were appended.
    func claim(_ limit: Int, at now: Int64, for hold: Duration, in db: Database) throws -> [OutboxRelayRow] {
        let rows = try OutboxRelayRow.fetchAll(
            db,
            sql: """
                UPDATE \(identifier) SET availableat = :until, attempts = attempts + 1
                WHERE sequence IN (
                    SELECT candidate.sequence FROM \(identifier) AS candidate
                    WHERE NOT EXISTS (
                        SELECT 1 FROM \(identifier) AS earlier
                        WHERE earlier.aggregatetype = candidate.aggregatetype
                            AND earlier.aggregateid = candidate.aggregateid
                            AND earlier.sequence <= candidate.sequence
                            AND earlier.availableat > :now AND earlier.availableat <= :latest)
                    ORDER BY candidate.sequence LIMIT :limit)
                RETURNING *
                """,
            arguments: [
                "until": now.adding(hold), "now": now, "latest": now.adding(Self.longestHold), "limit": limit,
            ])
        return rows.sorted { $0.sequence < $1.sequence }
    }

    /// Deletes a row that is published.
    ///
    /// - Returns: Whether the claim still held.
    func remove(_ row: OutboxRelayRow, in db: Database) throws -> Bool {
        try db.execute(
            sql: "DELETE FROM \(identifier) WHERE sequence = ? AND attempts = ?",
            arguments: [row.sequence, row.attempt])
        return db.changesCount == 1
    }

    /// Holds a row back whose attempt failed.
    func postpone(_ row: OutboxRelayRow, until time: Int64, in db: Database) throws {
        try db.execute(
            sql: "UPDATE \(identifier) SET availableat = ? WHERE sequence = ? AND attempts = ?",
            arguments: [time, row.sequence, row.attempt])
    }

    /// Gives rows back that were not tried: that is no attempt.
    func release(_ rows: [OutboxRelayRow], in db: Database) throws {
        for row in rows {
            try db.execute(
                sql: """
                    UPDATE \(identifier) SET availableat = 0, attempts = attempts - 1
                    WHERE sequence = ? AND attempts = ?
                    """,
                arguments: [row.sequence, row.attempt])
        }
    }
}
