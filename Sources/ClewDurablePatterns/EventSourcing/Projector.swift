public import Clew
public import ClewModel
import CoreMetrics
public import GRDB
public import Tracing

/// Applies events to a read model, each once, with the position of the last one in the same transaction.
///
/// ```swift
/// try await projector.apply(
///     source: event.stream, position: Int64(event.version), eventTime: event.time, in: database, span: span
/// ) { db in
///     try readModel.show(event, in: db)
/// }
/// ```
///
/// Events of one source must come in their order: one whose position is not behind the last is taken for a repetition,
/// and applied no more. What falls between two positions is not missed, because positions have gaps.
///
/// *When not to use it*: where a query on the service's own tables answers; where the answer must have what was written
/// a moment ago, as a read model lags; and for effects outside of its database, which happen again where the
/// transaction is rolled back.
///
/// Telemetry: `clew.projection.name` and `clew.projection.position` on the span, and the gauge `clew.projection.lag`:
/// seconds from the event to its being in the read model.
///
/// Sources: M. Fowler, "CQRS" (2011); the position in the read model's own transaction as in Akka Projection,
/// "exactly-once".
public struct Projector: Sendable {
    /// The read model's, of few different values: the key of its positions, and an attribute of a metric.
    public let name: String
    private let clock: TelemetryClock
    private let lag: MetricHandles<String, Gauge>

    /// - Parameters:
    ///   - name: The read model.
    ///   - clock: The time of day from which the lag is reckoned.
    ///   - telemetry: Where the metric goes; the process's global system by default.
    public init(name: String, clock: TelemetryClock = .system, telemetry: Telemetry? = nil) {
        self.name = name
        self.clock = clock
        lag = MetricHandles(InstrumentationBackend(telemetry)) { name, factory in
            Gauge(
                label: SemanticConventions.projectionLag, dimensions: [(SemanticConventions.projectionName, name)],
                factory: factory)
        }
    }

    /// Makes the table of all projectors' positions; a second call adds nothing.
    public static func migrate(_ migrator: inout DatabaseMigrator) {
        let identifier = "clew.projection"
        // GRDB ends the process over a second registration.
        guard !migrator.migrations.contains(identifier) else { return }
        migrator.registerMigration(identifier) { db in
            try db.execute(
                sql: """
                    CREATE TABLE clew_projection (
                        name TEXT NOT NULL,
                        source TEXT NOT NULL,
                        position INTEGER NOT NULL,
                        PRIMARY KEY (name, source)
                    ) WITHOUT ROWID;
                    """)
        }
    }

    /// Applies an event, if it was not applied before.
    ///
    /// - Parameters:
    ///   - source: What numbers the events: a stream, a topic or a whole store.
    ///   - position: The event's number there, from 1.
    ///   - eventTime: When it happened, for the lag.
    ///   - span: Gets the attributes; of a repetition, the position is that of the last event that was applied.
    ///   - body: Changes the read model. Where it throws, the position stays where it was.
    /// - Returns: What `body` returns; `nil` where the position was applied before.
    /// - Throws: What `body` throws; database errors.
    @discardableResult
    public func apply<T: Sendable>(
        source: String, position: Int64, eventTime: UnixNanoseconds?, in database: any DatabaseWriter,
        span: (any Tracing.Span)? = nil, _ body: @Sendable (Database) throws -> T
    ) async throws -> T? {
        let (result, last) = try await database.tracedWrite("UPDATE", "clew_projection") { db -> (T?, Int64) in
            guard try advance(source, to: position, in: db) else {
                return (nil, try self.position(of: source, in: db))
            }
            return (try body(db), position)
        }
        span?.describe { attributes in
            attributes[SemanticConventions.projectionName] = name
            attributes[SemanticConventions.projectionPosition] = last
        }
        if result != nil, let eventTime { record(eventTime) }
        return result
    }

    /// The position of the last event that was applied; 0 where none was.
    public func position(of source: String, in db: Database) throws -> Int64 {
        try Int64.fetchOne(
            db, sql: "SELECT position FROM clew_projection WHERE name = ? AND source = ?",
            arguments: [name, source]) ?? 0
    }

    /// Forgets all positions, to make the read model again from the first event: empty it in the same transaction.
    public func reset(in db: Database) throws {
        try db.execute(sql: "DELETE FROM clew_projection WHERE name = ?", arguments: [name])
    }

    /// - Returns: Whether the position is behind the last.
    private func advance(_ source: String, to position: Int64, in db: Database) throws -> Bool {
        guard position > 0 else { return false }
        try db.execute(
            sql: """
                INSERT INTO clew_projection (name, source, position) VALUES (?, ?, ?)
                ON CONFLICT (name, source) DO UPDATE SET position = excluded.position
                    WHERE excluded.position > clew_projection.position
                """,
            arguments: [name, source, position])
        return db.changesCount == 1
    }

    /// Clocks of two machines differ: what seems to lie in the future is now.
    private func record(_ eventTime: UnixNanoseconds) {
        let now = clock.wall()
        lag[name].record(Double(now > eventTime ? now - eventTime : 0) / 1e9)
    }
}
