public import Clew
import ClewModel
import CoreMetrics
public import GRDB
public import Logging
public import ServiceLifecycle
import Synchronization
import Tracing

/// Lets one of several instances do something, and another one when that instance is gone.
///
/// ```swift
/// let lease = LeaderLease(name: "relay", owner: instanceID, database: database)
/// // As a service it renews itself; where something must be done by one instance alone:
/// if lease.isHeld { try await sweep(fencedBy: lease.term) }
/// ```
///
/// The lease is a row in a database that all instances open, with its owner and the time at which it ends. A leader
/// renews it every third of its time to live; when it dies, another takes it after that time at the latest. The leader
/// itself counts on nine tenths of it only, by its monotonic clock: it stops before another may begin, if clocks run at
/// about the same speed and no time of day jumps forward.
///
/// No lease keeps a process from being paused between asking ``isHeld`` and acting. Where two leaders do harm, whatever
/// they write to must refuse a ``term`` lower than the highest that it saw: terms only grow.
///
/// *When not to use it*: for work that each instance may do, or that can be split by key; to guard one short operation,
/// for which a transaction is enough; and between instances without a common database. When the time of day is set
/// back, a dead leader's lease lasts longer by as much.
///
/// Telemetry: the gauge `clew.leader.held` by `clew.pattern.name`, 1 or 0; a span `take over NAME` with
/// `clew.leader.term` for each term.
///
/// Sources: C. Gray, D. Cheriton, "Leases" (SOSP 1989); M. Burrows, "The Chubby lock service" (OSDI 2006), section 2.4,
/// for the fencing token, there a sequencer.
public final class LeaderLease: Service {
    private static let table = "clew_leader_lease"

    /// What is led; instances that give the same name compete.
    public let name: String
    /// This instance.
    public let owner: String
    private let timeToLive: Duration
    private let database: any DatabaseWriter
    private let clock: TelemetryClock
    private let logger: Logger?
    private let backend: InstrumentationBackend
    private let held: MetricHandles<String, Gauge>
    private let state = Mutex(LeaderLeaseState())

    /// - Parameters:
    ///   - name: One of few, as it is an attribute of metrics.
    ///   - owner: Another one for each instance.
    ///   - timeToLive: How long the lease lasts unless it is renewed; default 5 s. Held to 100 ms to a day.
    ///   - clock: The time of day for what is stored, the monotonic one for what this instance counts on.
    ///   - telemetry: Where the spans and the gauge go; by default to the global systems.
    ///   - logger: For changes; nothing is logged without one.
    public init(
        name: String, owner: String, timeToLive: Duration = .seconds(5), database: any DatabaseWriter,
        clock: TelemetryClock = .system, telemetry: Telemetry? = nil, logger: Logger? = nil
    ) {
        self.name = name
        self.owner = owner
        self.timeToLive = min(max(timeToLive, .milliseconds(100)), .seconds(86_400))
        self.database = database
        self.clock = clock
        self.logger = logger
        let backend = InstrumentationBackend(telemetry)
        self.backend = backend
        held = MetricHandles(backend) { name, factory in
            Gauge(
                label: SemanticConventions.leaderHeld, dimensions: [(SemanticConventions.patternName, name)],
                factory: factory)
        }
    }

    /// Makes the table of all leases, with the migrations of the service's own.
    public static func migrate(_ migrator: inout DatabaseMigrator) {
        let identifier = "clew.leader-lease"
        // GRDB ends the process over a second registration, and all leases share the table.
        guard !migrator.migrations.contains(identifier) else { return }
        migrator.registerMigration(identifier) { db in
            try db.execute(
                sql: """
                    CREATE TABLE \(Self.table) (
                        name TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, term INTEGER NOT NULL,
                        expiresat INTEGER NOT NULL
                    )
                    """)
        }
    }

    /// Whether this instance is the leader, as far as it can know.
    public var isHeld: Bool { term != nil }

    /// The fencing token of the term that is held; each term of a name has a higher one than those before, from 1.
    public var term: Int64? {
        let now = clock.monotonic()
        return state.withLock { $0.heldTerm(at: now) }
    }

    /// Takes the lease if it is free, or renews it if it is held.
    ///
    /// - Returns: Whether it is held now.
    /// - Throws: Errors of the database. A lease that was held is then held until its time is over.
    public func tryAcquire() async throws -> Bool {
        defer { recordHeld() }
        let before = state.withLock { $0.grant?.term }
        let grant = try await database.write { try self.grant(renewing: before, in: $0) }
        state.withLock { $0.settle(grant, renewing: before) }
        report(grant?.term, before)
        return isHeld
    }

    /// Gives the lease back, so that another instance need not wait. Where this instance has none, nothing happens.
    ///
    /// - Throws: Errors of the database; the lease then ends by itself.
    public func release() async throws {
        let term = state.withLock { $0.release() }
        recordHeld()
        guard let term else { return }
        let (name, owner) = (name, owner)
        try await database.writeUncancelled { db in
            // The row stays, as the next term counts on from it.
            try db.execute(
                sql: "UPDATE \(Self.table) SET expiresat = 0 WHERE name = ? AND owner = ? AND term = ?",
                arguments: [name, owner, term])
        }
    }

    /// Takes and renews the lease until the task is cancelled or shut down, then releases it.
    ///
    /// In a service group it stands before what it leads, which is then stopped first.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.renewUntilCancelled() }
        do {
            try await release()
        } catch {
            logger?.warning("the lease '\(name)' could not be released, and ends by itself: \(error)")
        }
    }

    // MARK: - The table

    private func grant(renewing term: Int64?, in db: Database) throws -> LeaderLeaseState.Grant? {
        // The monotonic time is read first, and inside the transaction: waiting for that costs nothing of the lease.
        let end = clock.monotonic().adding(timeToLive * 9 / 10)
        let now = clock.storedTime
        if let term, try renew(term, at: now, in: db) { return LeaderLeaseState.Grant(term: term, end: end) }
        return try acquire(at: now, in: db).map { LeaderLeaseState.Grant(term: $0, end: end) }
    }

    /// By the term, not by the owner alone: an instance that was restarted under its name is another one.
    private func renew(_ term: Int64, at now: Int64, in db: Database) throws -> Bool {
        try db.execute(
            sql: "UPDATE \(Self.table) SET expiresat = ? WHERE name = ? AND owner = ? AND term = ?",
            arguments: [now.adding(timeToLive), name, owner, term])
        return db.changesCount == 1
    }

    /// - Returns: The new term; `nil` where the lease is not over.
    private func acquire(at now: Int64, in db: Database) throws -> Int64? {
        try Int64.fetchAll(
            db,
            sql: """
                INSERT INTO \(Self.table) (name, owner, term, expiresat) VALUES (:name, :owner, 1, :until)
                ON CONFLICT (name) DO UPDATE SET
                    owner = excluded.owner, term = term + 1, expiresat = excluded.expiresat
                WHERE expiresat <= :now
                RETURNING term
                """,
            arguments: ["name": name, "owner": owner, "until": now.adding(timeToLive), "now": now]
        ).first
    }

    private func renewUntilCancelled() async {
        while !Task.isCancelled {
            do {
                _ = try await tryAcquire()
            } catch {
                if !Task.isCancelled { logger?.warning("the lease '\(name)' cannot be renewed: \(error)") }
            }
            // Two renewals may fail before the lease is lost.
            do { try await clock.sleep(timeToLive / 3) } catch { return }
        }
    }

    // MARK: - Telemetry

    private func recordHeld() { held[name].record(isHeld ? 1 : 0) }

    private func report(_ term: Int64?, _ before: Int64?) {
        guard term != before else { return }
        guard let term else {
            logger?.warning("the lease '\(name)' was lost to another instance")
            return
        }
        let span = backend.tracer.startSpan("take over \(name)", context: .topLevel, ofKind: .internal)
        span.describe { attributes in
            attributes[SemanticConventions.patternName] = name
            attributes[SemanticConventions.leaderTerm] = term
        }
        span.end()
        logger?.info("the lease '\(name)' was taken", metadata: ["term": "\(term)"])
    }
}
