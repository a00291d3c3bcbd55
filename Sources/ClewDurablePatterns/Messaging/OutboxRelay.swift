public import Clew
import ClewModel
public import ClewPatterns
import CoreMetrics
public import GRDB
public import Logging
public import ServiceLifecycle
import Synchronization
import Tracing

/// Publishes what an ``Outbox`` holds: at least once, and in order for each aggregate.
///
/// ```swift
/// let relay = OutboxRelay(
///     name: "orders", outbox: outbox, database: database, lease: lease, messagingSystem: "rabbitmq"
/// ) { relayed in
///     let message = relayed.message
///     try await broker.publish(message.payload, to: message.aggregateType, id: message.id, headers: relayed.headers)
/// }
/// ```
///
/// - A pass claims rows, publishes them one after the other, and deletes each as soon as it is published. A process
///   that dies between the two publishes that message again, with the same id.
/// - A row that cannot be published holds up those of its own aggregate, and no others. It is tried again, later each
///   time, for as long as it is there: one that can never be published is for a human to repair or delete.
/// - Several relays of one outbox share its rows, and never have one at the same time. With a ``LeaderLease`` only the
///   leader publishes.
///
/// A publication has 15 s: after 30 s the claim ends, and another relay may take the row. Give it a timeout that is
/// shorter.
///
/// *When not to use it*: where a log-based reader such as Debezium already publishes the table; and for more messages
/// than one can publish one after the other, which take one outbox for each part.
///
/// Telemetry: for each message a producer span that begins a trace, with a link to the span that appended the row, the
/// correlation id of that one, and `clew.outbox.lag` in seconds; the gauge `clew.outbox.pending`, at most once a
/// second. Spans and metrics go to the process's global systems.
///
/// Source: C. Richardson, "Microservices Patterns" (2018), section 3.3.7, "Polling publisher". The time of a claim is
/// the default visibility timeout of Amazon SQS.
public final class OutboxRelay: Service {
    private static let hold = Duration.seconds(30)
    /// The half of a claim in which a publication may begin.
    private static let working = Duration.seconds(15)

    /// The waits before a failed row is tried again; a random share of 100 ms, doubling to 5 s.
    public static var defaultBackoff: Backoff {
        var backoff = Backoff()
        backoff.base = .milliseconds(100)
        backoff.cap = .seconds(5)
        return backoff
    }

    /// The name in metrics and logs.
    public let name: String
    private let outbox: Outbox
    private let database: any DatabaseWriter
    private let lease: LeaderLease?
    private let messagingSystem: String
    private let batch: Int
    private let pollInterval: Duration
    private let backoff: Backoff
    private let clock: TelemetryClock
    private let logger: Logger?
    private let random: @Sendable () -> Double
    private let publish: @Sendable (RelayedMessage) async throws -> Void
    private let pause = OutboxRelayPause()
    private let pending: MetricHandles<String, Gauge>
    /// When the pending rows were last counted.
    private let counted = Mutex<UInt64?>(nil)

    /// - Parameters:
    ///   - name: One of few, as it is an attribute of metrics.
    ///   - lease: Whoever holds it publishes; run it as a service too. Without one every relay does.
    ///   - messagingSystem: The broker's name by the messaging conventions, for example `rabbitmq`.
    ///   - batch: How many rows are claimed at once; default 100, at least 1.
    ///   - pollInterval: How long a relay that found nothing waits; default 200 ms, at least 1 ms. ``wake()`` ends it.
    ///   - backoff: The waits before a failed row is tried again; no longer than an hour each.
    ///   - clock: The time of day for what is stored, the monotonic one for the rest.
    ///   - logger: For failures; nothing is logged without one.
    ///   - random: Numbers in 0..<1, for the backoff; the system's by default.
    ///   - publish: Hands a message to the broker, and returns when the broker has it.
    public init(
        name: String, outbox: Outbox, database: any DatabaseWriter, lease: LeaderLease? = nil, messagingSystem: String,
        batch: Int = 100, pollInterval: Duration = .milliseconds(200), backoff: Backoff = OutboxRelay.defaultBackoff,
        clock: TelemetryClock = .system, logger: Logger? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        publish: @escaping @Sendable (RelayedMessage) async throws -> Void
    ) {
        self.name = name
        self.outbox = outbox
        self.database = database
        self.lease = lease
        self.messagingSystem = messagingSystem
        self.batch = max(1, batch)
        self.pollInterval = max(.milliseconds(1), pollInterval)
        self.backoff = backoff
        self.clock = clock
        self.logger = logger
        self.random = random
        self.publish = publish
        pending = MetricHandles(InstrumentationBackend(nil)) { name, factory in
            Gauge(
                label: SemanticConventions.outboxPending, dimensions: [(SemanticConventions.patternName, name)],
                factory: factory)
        }
    }

    /// Publishes until the task is cancelled or shut down, while the lease is held where there is one.
    ///
    /// A shutdown lets the message that is on its way arrive; the claims of others are given back.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await relayUntilStopped()
        } onGracefulShutdown: {
            self.wake()
        }
    }

    /// Lets a relay that waits look at once, for example after a commit.
    public func wake() { pause.end() }

    /// Makes one pass, where the lease is held or there is none.
    ///
    /// - Returns: How many messages were published. Those that could not be are no error.
    /// - Throws: Errors of the database. What was published then and is not recorded is published again.
    public func relayPending() async throws -> Int {
        let published = isAllowed ? try await makePass() : 0
        try await recordPending()
        return published
    }

    // MARK: - Passes

    private static var isStopping: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    private var isAllowed: Bool { lease?.isHeld ?? true }

    private func relayUntilStopped() async {
        var failures = 0
        while !Self.isStopping {
            do {
                // Without a pause for as long as there is something that can be published.
                while try await relayPending() > 0, !Self.isStopping {}
                failures = 0
            } catch {
                failures += 1
                if !Self.isStopping { logger?.warning("the outbox '\(name)' cannot be read: \(error)") }
            }
            let rest = failures > 0 ? backoff.bound(beforeRetry: failures) : .zero
            await pause.wait(max(pollInterval, rest), clock)
        }
    }

    private func makePass() async throws -> Int {
        // Before the claim, so that it lasts longer.
        let end = clock.monotonic().adding(Self.working)
        let (outbox, limit, clock) = (outbox, batch, clock)
        let rows = try await database.write { db in
            try outbox.claim(limit, at: clock.storedTime, for: Self.hold, in: db)
        }
        var pass = OutboxRelayPass(rows, end: end)
        do {
            while mayGoOn(pass), let row = pass.next() { try await relay(row, in: &pass) }
        } catch {
            await giveBack(pass.untried)
            throw error
        }
        await giveBack(pass.untried)
        report(pass)
        return pass.published
    }

    private func mayGoOn(_ pass: OutboxRelayPass) -> Bool {
        isAllowed && !Self.isStopping && clock.monotonic() < pass.end
    }

    private func relay(_ row: OutboxRelayRow, in pass: inout OutboxRelayPass) async throws {
        let outbox = outbox
        do {
            try await send(row)
        } catch {
            pass.failed(row, error)
            let time = clock.storedTime.adding(delay(after: row))
            return try await database.writeUncancelled { try outbox.postpone(row, until: time, in: $0) }
        }
        pass.succeeded()
        let isRemoved = try await database.writeUncancelled { try outbox.remove(row, in: $0) }
        if !isRemoved {
            logger?.warning("the message '\(row.message.id)' took longer than its claim, and may be published twice")
        }
    }

    /// None where this task was cancelled: that says nothing about the row, and another relay may be there.
    private func delay(after row: OutboxRelayRow) -> Duration {
        Task.isCancelled ? .zero : min(backoff.delay(beforeRetry: row.attempt, random: random()), Outbox.longestHold)
    }

    private func send(_ row: OutboxRelayRow) async throws {
        let writer = row.context.context
        var context = ServiceContext.topLevel
        context.baggage = writer.baggage
        context.correlationID = writer.correlationID
        let message = row.message
        try await withProducerSpan(
            to: message.aggregateType, system: messagingSystem, messageID: message.id, headers: [:], using: .dictionary,
            in: context, links: [writer]
        ) { headers, span in
            let lag = clock.storedTime.elapsed(since: row.createdAt)
            span.describe { attributes in
                attributes[SemanticConventions.outboxLag] = lag / .seconds(1)
                attributes[SemanticConventions.messageType] = message.type
                attributes[SemanticConventions.messageSchemaVersion] = message.schemaVersion
            }
            try await publish(RelayedMessage(message: message, headers: headers, lag: lag, attempt: row.attempt))
        }
    }

    private func giveBack(_ rows: [OutboxRelayRow]) async {
        guard !rows.isEmpty else { return }
        let outbox = outbox
        do {
            try await database.writeUncancelled { try outbox.release(rows, in: $0) }
        } catch {
            logger?.warning("\(rows.count) messages of the outbox '\(name)' wait until their claim ends: \(error)")
        }
    }

    private func report(_ pass: OutboxRelayPass) {
        guard let error = pass.firstError, !Task.isCancelled else { return }
        logger?.warning("\(pass.failures) messages of the outbox '\(name)' could not be published: \(error)")
    }

    /// Counts at most once a second: a long backlog is a long count.
    private func recordPending() async throws {
        let now = clock.monotonic()
        let isDue = counted.withLock { last in
            if let last, now &- last < .nanosecondsPerSecond { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let outbox = outbox
        let count = try await database.read { try outbox.pendingCount($0) }
        pending[name].record(count)
    }
}
