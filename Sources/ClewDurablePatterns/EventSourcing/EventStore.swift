public import Clew
import ClewModel
public import GRDB
import Tracing

/// Keeps what happened to each aggregate, in order, and makes the aggregate of it again.
///
/// ```swift
/// let accounts = EventStore<Account>()
/// try await database.write { db in
///     let (account, version) = try accounts.load(id, in: db)
///     guard account.cents >= 500 else { throw Overdrawn() }
///     try accounts.append([.withdrawn(cents: 500)], to: id, expectedVersion: version, in: db)
/// }
/// ```
///
/// Two who decide on the same version cannot both append. A snapshot, which is no more than a shortcut, saves a long
/// stream from being read from its beginning.
///
/// *When not to use it*: where nobody asks how the present state came about: rows that are updated are simpler to read,
/// to change and to repair; for data that must be deleted on demand, such as what the GDPR covers, unless it lies
/// elsewhere; and where queries look for anything but the id, which take a ``Projector`` and bear its lag.
///
/// Telemetry: a span `replay STREAM-TYPE` for each load, with `clew.event_store.events` and, where one was used,
/// `clew.event_store.snapshot_version`.
///
/// Sources: M. Fowler, "Event Sourcing" (2005); G. Young, "CQRS Documents" (2010), "Events as a Storage Mechanism" and
/// "Rolling Snapshots".
public struct EventStore<Aggregate: EventSourced>: Sendable {
    private let snapshotEvery: Int
    private let clock: TelemetryClock
    private let backend: InstrumentationBackend
    private var table: EventTable { EventTable(streamType: Aggregate.streamType) }

    /// - Parameters:
    ///   - snapshotEvery: After how many events of a stream a snapshot is written; default 50. Zero or less: never.
    ///   - clock: The times of events.
    ///   - telemetry: Where spans go; the process's global system by default.
    public init(snapshotEvery: Int = 50, clock: TelemetryClock = .system, telemetry: Telemetry? = nil) {
        self.snapshotEvery = snapshotEvery
        self.clock = clock
        backend = InstrumentationBackend(telemetry)
    }

    /// Makes the tables of all event stores, of whichever aggregate; a second call adds nothing.
    public func migrate(_ migrator: inout DatabaseMigrator) {
        EventTable.migrate(&migrator)
    }

    /// Appends what happened, in the caller's transaction and with the current context, and a snapshot when one is due.
    ///
    /// - Parameters:
    ///   - events: In their order; none changes nothing.
    ///   - stream: The aggregate's id.
    ///   - expectedVersion: The version that the decision was made on; 0 of a new stream.
    /// - Returns: The new version.
    /// - Throws: ``DurableError`` with ``DurableError/Code/conflict`` where another writer was first: load and decide
    ///   again; with ``DurableError/Code/malformed`` where an event has no form in JSON; database errors.
    @discardableResult
    public func append(
        _ events: [Aggregate.Event], to stream: String, expectedVersion: Int, in db: Database
    ) throws -> Int {
        let version = try table.version(of: stream, in: db)
        guard version == expectedVersion else {
            throw DurableError(
                .conflict,
                "\(Aggregate.streamType) '\(stream)' has version \(version), not \(expectedVersion): "
                    + "load it and decide again")
        }
        let (time, context) = (clock.storedTime, StoredContext())
        let correlationID = ServiceContext.current?.correlationID
        for (index, event) in events.enumerated() {
            let type = Aggregate.eventType(of: event)
            let row = EventTable.Event(
                stream: stream, version: version + 1 + index, type: type, schemaVersion: Aggregate.eventSchema,
                payload: try StoredJSON.text(event, of: "an event '\(type)'"), time: time, context: context,
                correlationID: correlationID)
            try table.insert(row, in: db)
        }
        let newVersion = version + events.count
        try snapshotIfDue(stream, from: version, to: newVersion, in: db)
        return newVersion
    }

    /// The aggregate as all its events made it.
    ///
    /// - Returns: Version 0 where there is no such stream.
    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed`` where an event cannot be read or is missing;
    ///   database errors.
    public func load(_ stream: String, in db: Database) throws -> (aggregate: Aggregate, version: Int) {
        let span = backend.tracer.startSpan(
            "replay \(Aggregate.streamType)", context: .current ?? .topLevel, ofKind: .internal)
        defer { span.end() }
        do {
            let replay = try self.replay(stream, in: db)
            span.describe { attributes in
                attributes[SemanticConventions.eventStoreEvents] = replay.events
                attributes[SemanticConventions.eventStoreSnapshotVersion] = replay.snapshotVersion
            }
            return (replay.aggregate, replay.version)
        } catch {
            span.recordFailure(error)
            throw error
        }
    }

    /// The events of all streams behind a position, in the order in which they were committed; see ``Projector``.
    ///
    /// - Parameters:
    ///   - position: That of the last event that is known; 0 for the beginning.
    ///   - limit: How many to read at most.
    /// - Throws: ``DurableError`` with ``DurableError/Code/malformed`` where an event cannot be read; database errors.
    public func events(
        after position: Int64, limit: Int, in db: Database
    ) throws -> [StoredEvent<Aggregate.Event>] {
        try table.events(after: position, limit: max(0, limit), in: db).map { row in
            StoredEvent(
                stream: row.stream, version: row.version, position: row.position, type: row.type,
                schemaVersion: row.schemaVersion, event: try event(row), time: UnixNanoseconds(clamping: row.time),
                context: row.context, correlationID: row.correlationID)
        }
    }

    // MARK: - Replay

    private struct Replay {
        var aggregate = Aggregate()
        var version = 0
        var events = 0
        var snapshotVersion: Int?
    }

    private func replay(_ stream: String, in db: Database) throws -> Replay {
        var replay = try snapshot(of: stream, in: db) ?? Replay()
        let rows = try table.cursor(of: stream, after: replay.version, in: db)
        while let row = try rows.next() {
            guard row.version == replay.version + 1 else {
                throw DurableError(
                    .malformed,
                    "\(Aggregate.streamType) '\(stream)' lacks version \(replay.version + 1): its events were deleted")
            }
            try replay.aggregate.apply(event(row))
            replay.version = row.version
            replay.events += 1
        }
        return replay
    }

    private func event(_ row: EventTable.Event) throws -> Aggregate.Event {
        do {
            return try Aggregate.event(from: row.payload, type: row.type, schemaVersion: row.schemaVersion)
        } catch {
            throw DurableError(
                .malformed,
                "version \(row.version) of \(Aggregate.streamType) '\(row.stream)' cannot be read as '\(row.type)'",
                cause: error)
        }
    }

    /// A snapshot that is of another schema or cannot be read is none: the events are what counts.
    private func snapshot(of stream: String, in db: Database) throws -> Replay? {
        guard let stored = try table.snapshot(of: stream, schema: Aggregate.snapshotSchema, in: db),
            let aggregate = try? StoredJSON.value(Aggregate.self, from: stored.payload, of: "a snapshot")
        else { return nil }
        return Replay(aggregate: aggregate, version: stored.version, snapshotVersion: stored.version)
    }

    private func snapshotIfDue(_ stream: String, from old: Int, to new: Int, in db: Database) throws {
        guard snapshotEvery > 0, new / snapshotEvery > old / snapshotEvery else { return }
        let replay = try self.replay(stream, in: db)
        let payload = try StoredJSON.text(replay.aggregate, of: "a snapshot of \(Aggregate.streamType) '\(stream)'")
        try table.saveSnapshot(
            of: stream, EventTable.Snapshot(version: replay.version, payload: payload),
            schema: Aggregate.snapshotSchema, in: db)
    }
}
