public import Clew
import ClewModel
public import GRDB
public import Logging
public import ServiceLifecycle
import Synchronization
import Tracing

/// Drives sagas: work of several steps, each a transaction of its own, that is done as a whole or undone as a whole.
///
/// ```swift
/// let checkouts = SagaOrchestrator(checkout, owner: instanceID, database: database)
/// try await database.write { db in
///     try orders.insert(order, in: db)
///     try checkouts.start(order.id, state: Checkout(order), in: db)
/// }
/// let outcome = try await checkouts.run(order.id)
/// ```
///
/// The saga is stored before each call, so that another process goes on where one was killed. A step that is recorded
/// as done is not executed again; the one that was under way is, with the same ``SagaContext/idempotencyKey``.
///
/// - A step that fails is repeated, then compensated, with those before it in reverse order. ``SagaRefusal`` ends it at
///   once.
/// - A compensation that fails is repeated, then the saga is parked: ``parked()`` lists it, ``unpark(_:)`` tries again.
/// - An owner holds a claim on what it drives, and renews it. A claim that runs out passes to another owner; a run that
///   lost it stops at its next write, which changes nothing.
/// - A cancelled task leaves its saga for later, and frees the claim. What a step did until then is recorded.
///
/// The request's deadline does not hold for the steps: a saga outlives the request that began it.
///
/// *When not to use it*: where one database transaction can do the work; where others must never see it half done, as a
/// saga isolates nothing; for steps that cannot be undone, unless they come last; and for a reaction or two to an
/// event, for which ``Choreography`` needs no coordinator. Clocks of the owners should agree to within a fraction of
/// the lease.
///
/// Telemetry: a span `saga NAME` for each run, with `clew.saga.name`, `clew.saga.id` and `clew.saga.state`, and below
/// it a span `execute STEP` or `compensate STEP` for each attempt, with `clew.saga.step`, `clew.saga.action` and
/// `clew.saga.attempt`; one that failed has an error status and `error.type`. A resumption begins a trace of its own,
/// with a link to the context that started the saga and its correlation id.
///
/// Sources: H. Garcia-Molina, K. Salem, "Sagas" (SIGMOD 1987); C. Richardson, "Microservices Patterns" (2018),
/// chapter 4.
public final class SagaOrchestrator<State: Codable & Sendable>: Service {
    let definition: SagaDefinition<State>
    let store: SagaStore
    let database: any DatabaseWriter
    let claimLease: Duration
    let clock: TelemetryClock
    let random: @Sendable () -> Double
    let logger: Logger?
    let backend: InstrumentationBackend
    private let owner: String
    private let pollInterval: Duration
    /// The sagas that this process drives now: their claims may not be taken a second time by their own owner.
    private let running = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - definition: The steps.
    ///   - owner: Who drives the sagas: a name that no other process has, for example `service.instance.id`.
    ///   - database: Has the tables of ``migrate(_:)``.
    ///   - claimLease: For how long a claim holds without being renewed, which happens every third of it; default 15 s,
    ///     at least 1 ms. It is how long the sagas of a killed process wait.
    ///   - pollInterval: How often ``run()`` looks for sagas that nobody drives; default 1 s, at least 1 ms.
    ///   - clock: Its wall time is compared with other processes' times.
    ///   - random: Numbers in 0..<1, for the jitter of waits; the system's by default.
    ///   - logger: For sagas that were parked and runs that failed; nothing is logged without one.
    ///   - telemetry: Where spans go; the process's global system by default.
    public init(
        _ definition: SagaDefinition<State>, owner: String, database: any DatabaseWriter,
        claimLease: Duration = .seconds(15), pollInterval: Duration = .seconds(1), clock: TelemetryClock = .system,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, logger: Logger? = nil,
        telemetry: Telemetry? = nil
    ) {
        self.definition = definition
        self.owner = owner
        self.database = database
        self.claimLease = max(claimLease, .milliseconds(1))
        self.pollInterval = max(pollInterval, .milliseconds(1))
        self.clock = clock
        self.random = random
        store = SagaStore(saga: definition.name)
        backend = InstrumentationBackend(telemetry)
        self.logger = logger
    }

    /// Makes the table of all sagas, of whichever definition; a second call adds nothing.
    public static func migrate(_ migrator: inout DatabaseMigrator) {
        SagaStore.migrate(&migrator)
    }

    /// Stores a saga in the caller's transaction, with the current context, claimed by this owner.
    ///
    /// Nothing runs yet. Call ``run(_:)`` after the transaction; where that does not come, the saga is resumed when the
    /// claim has run out.
    ///
    /// - Throws: ``DurableError`` with ``DurableError/Code/conflict`` where the id is known, with
    ///   ``DurableError/Code/malformed`` where the state has no form in JSON or two steps have one name; database
    ///   errors.
    public func start(_ id: String, state: State, in db: Database) throws {
        try definition.validate()
        let position = SagaMachine(definition.plan).position
        let now = clock.storedTime
        let record = SagaStore.Record(
            id: id, state: try StoredJSON.text(state, of: "the state of the saga '\(definition.name)' \(id)"),
            position: position, stepName: definition.stepName(position), context: StoredContext(),
            startedAt: now, updatedAt: now)
        guard try store.insert(record, owner: owner, until: claimEnd, in: db) else {
            throw DurableError(
                .conflict, "the saga '\(definition.name)' \(id) was started before: give each an id of its own")
        }
    }

    /// Drives a saga now, as a part of what the current context does.
    ///
    /// - Returns: How it ended, or had ended before; `nil` where another owner, or another task of this one, has it.
    /// - Throws: `CancellationError` where the task is cancelled, or a step throws it: the saga is left for later.
    ///   ``DurableError`` with ``DurableError/Code/unknown`` or ``DurableError/Code/malformed``, database errors, and
    ///   what `finished` throws: the saga is left until the claim has run out.
    public func run(_ id: String) async throws -> SagaOutcome<State>? {
        guard enter(id) else { return nil }
        defer { leave(id) }
        switch try await claim(id, orOwn: true) {
        case .taken(let run, _): return try await drive(run, in: .current ?? .topLevel, origin: nil)
        case .ended(let outcome): return outcome
        case .elsewhere: return nil
        }
    }

    /// Claims the sagas that nobody drives, up to 1,000, and drives them, a few at once.
    ///
    /// - Returns: How many were claimed. What fails is logged, and left until the claim has run out.
    /// - Throws: Database errors of the search, and `CancellationError`.
    public func resumePending() async throws -> Int {
        let due = try await database.read { [store, clock] db in try store.due(at: clock.storedTime, in: db) }
        let resumed = await withTaskGroup(of: Bool.self) { group in
            var rest = due[...]
            // One saga that waits for a dead service does not hold up the others, and a restart makes no stampede.
            for id in rest.prefix(8) { group.addTask { await self.resume(id) } }
            rest = rest.dropFirst(8)
            var resumed = 0
            while let isResumed = await group.next() {
                if isResumed { resumed += 1 }
                if let id = rest.popFirst() { group.addTask { await self.resume(id) } }
            }
            return resumed
        }
        try Task.checkCancellation()
        return resumed
    }

    /// Resumes sagas that nobody drives, until the service is stopped or cancelled.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.poll() }
        } catch is CancellationError {}
    }

    /// The sagas whose compensation does not succeed: at most 1,000, those first that wait longest.
    public func parked() async throws -> [ParkedSaga] {
        try await database.read { [store] db in try store.parked(in: db) }
    }

    /// Has the compensation of a parked saga tried again, as often as at first: a human repaired what was in its way.
    ///
    /// The saga is driven by the next pass of ``run()``, or by ``run(_:)``.
    ///
    /// - Throws: ``DurableError`` with ``DurableError/Code/unknown`` where there is none of this id, and with
    ///   ``DurableError/Code/conflict`` where it is not parked; database errors.
    public func unpark(_ id: String) async throws {
        try await database.writeUncancelled { [self] db in
            var run = try SagaRun(self, store.record(id, in: db))
            guard run.unpark() else {
                throw DurableError(.conflict, "the saga '\(definition.name)' \(id) is not parked: leave it alone")
            }
            try store.update(run.record(at: clock.storedTime), claimedUntil: 0, in: db)
        }
    }

    // MARK: - Claims

    private func poll() async throws {
        while true {
            do {
                _ = try await resumePending()
            } catch let cancellation as CancellationError {
                throw cancellation
            } catch {
                logger?.error("the sagas '\(definition.name)' cannot be read: \(error)")
            }
            try await clock.sleep(pollInterval)
        }
    }

    /// - Returns: Whether the saga was claimed.
    private func resume(_ id: String) async -> Bool {
        guard !Task.isCancelled, enter(id) else { return false }
        defer { leave(id) }
        do {
            guard case .taken(let run, let origin) = try await claim(id, orOwn: false) else { return false }
            var root = origin
            root.spanContext = nil
            _ = try await drive(run, in: root, origin: origin)
        } catch is CancellationError {
            // It is left for later.
        } catch {
            logger?.error("the saga '\(definition.name)' \(id) is left until its claim has run out: \(error)")
        }
        return true
    }

    private func enter(_ id: String) -> Bool { running.withLock { $0.insert(id).inserted } }

    private func leave(_ id: String) { running.withLock { _ = $0.remove(id) } }

    private enum Claim {
        /// With the context that started the saga.
        case taken(SagaRun<State>, ServiceContext)
        case ended(SagaOutcome<State>)
        case elsewhere
    }

    private func claim(_ id: String, orOwn: Bool) async throws -> Claim {
        let (isTaken, record) = try await database.writeUncancelled { [self] db in
            let isTaken = try store.claim(id, by: owner, orOwn: orOwn, at: clock.storedTime, until: claimEnd, in: db)
            return (isTaken, try store.record(id, in: db))
        }
        // One that cannot be read stays claimed: it is tried again when the claim has run out, not at every pass.
        let run = try SagaRun(self, record)
        if isTaken { return .taken(run, record.context.context) }
        return run.outcome.map(Claim.ended) ?? .elsewhere
    }

    /// When a claim that is taken or renewed now runs out.
    var claimEnd: Int64 { clock.storedTime.adding(claimLease) }
}
