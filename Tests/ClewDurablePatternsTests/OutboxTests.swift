import Clew
import ClewModel
import ClewTesting
import CoreMetrics
import GRDB
import Synchronization
import Testing
import Tracing

@testable import ClewDurablePatterns

private struct Broken: Error {}

@Suite("An outbox and its relay")
struct OutboxTests {
    private let clock = ManualClock()
    private let file: DatabaseFile
    private let outbox: Outbox
    private let database: DatabasePool
    private let sent = Notes<String>()

    init() throws {
        let file = try DatabaseFile()
        let outbox = Outbox(clock: clock.clock)
        self.file = file
        self.outbox = outbox
        database = try file.open { migrator in
            outbox.migrate(&migrator)
            LeaderLease.migrate(&migrator)
        }
    }

    /// Another process's connection.
    private func reopened() throws -> DatabasePool { try file.open { _ in } }

    /// Messages whose aggregate is the first letter of their id.
    private func append(_ ids: String...) async throws {
        let outbox = outbox
        try await database.write { db in
            for id in ids { try outbox.append(Self.message(id), in: db) }
        }
    }

    private static func message(_ id: String) -> OutboxMessage {
        OutboxMessage(
            id: id, aggregateType: "orders", aggregateID: String(id.prefix(1)), type: "OrderPlaced", payload: "{}")
    }

    private func relay(
        _ name: String = "orders", on database: DatabasePool? = nil, lease: LeaderLease? = nil, batch: Int = 100,
        publish: @escaping @Sendable (RelayedMessage) async throws -> Void
    ) -> OutboxRelay {
        OutboxRelay(
            name: name, outbox: outbox, database: database ?? self.database, lease: lease, messagingSystem: "memory",
            batch: batch, clock: clock.clock, random: { 1 }, publish: publish)
    }

    /// A relay that notes what it publishes.
    private func notingRelay(
        on database: DatabasePool? = nil, lease: LeaderLease? = nil, batch: Int = 100
    ) -> OutboxRelay {
        let sent = sent
        return relay(on: database, lease: lease, batch: batch) { sent.add($0.message.id) }
    }

    private func lease(_ owner: String, on database: DatabasePool) -> LeaderLease {
        LeaderLease(name: "relay", owner: owner, database: database, clock: clock.clock)
    }

    private func pendingCount(_ database: DatabasePool? = nil) async throws -> Int {
        let outbox = outbox
        return try await (database ?? self.database).read { try outbox.pendingCount($0) }
    }

    // MARK: The table

    @Test("a message comes and goes with the transaction that appends it")
    func rollback() async throws {
        let outbox = outbox
        await #expect(throws: Broken.self) {
            try await database.write { db in
                try outbox.append(Self.message("a1"), in: db)
                throw Broken()
            }
        }
        #expect(try await pendingCount() == 0)
        try await append("a1", "a2")
        #expect(try await pendingCount() == 2)
    }

    @Test("a message's id is its own, and its schema version counts from 1")
    func refused() async throws {
        try await append("a1")
        let again = await #expect(throws: DurableError.self) { try await append("a1") }
        #expect(again?.code == .conflict)
        let outbox = outbox
        let malformed = await #expect(throws: DurableError.self) {
            try await database.write { db in
                var message = Self.message("a2")
                message.schemaVersion = 0
                try outbox.append(message, in: db)
            }
        }
        #expect(malformed?.code == .malformed)
        #expect(try await pendingCount() == 1)
        #expect(OutboxMessage.newID() != OutboxMessage.newID())
    }

    // MARK: Crashes

    @Test("a process that dies after the commit, or after it claimed a message, loses nothing")
    func diesBeforePublishing() async throws {
        try await append("a1", "b1")
        let dying = try reopened()
        let crashed = relay(on: dying) { _ in
            // Nothing is written any more.
            try dying.close()
            throw Broken()
        }
        await #expect(throws: (any Error).self) { try await crashed.relayPending() }

        let next = notingRelay()
        #expect(try await next.relayPending() == 0, "the claim of the dead process holds")
        clock.advance(by: .seconds(30))
        #expect(try await next.relayPending() == 2)
        #expect(sent.values == ["a1", "b1"])
        #expect(try await pendingCount() == 0)
    }

    @Test("a process that dies between publishing and recording that publishes twice, with one id")
    func diesAfterPublishing() async throws {
        try await append("a1", "a2")
        let sent = sent
        let dying = try reopened()
        let crashed = relay(on: dying) { relayed in
            sent.add("\(relayed.message.id) attempt \(relayed.attempt)")
            try dying.close()
        }
        await #expect(throws: (any Error).self) { try await crashed.relayPending() }
        #expect(try await pendingCount() == 2)

        clock.advance(by: .seconds(30))
        let next = relay { sent.add("\($0.message.id) attempt \($0.attempt)") }
        #expect(try await next.relayPending() == 2)
        #expect(sent.values == ["a1 attempt 1", "a1 attempt 2", "a2 attempt 2"])
    }

    @Test("a publication that is cancelled leaves its message to the next relay at once")
    func cancelled() async throws {
        try await append("a1", "a2")
        let waiting = clock.clock
        let relay = relay { _ in try await waiting.sleep(.seconds(5)) }
        let pass = Task { try await relay.relayPending() }
        await clock.sleepers(atLeast: 1)
        pass.cancel()
        _ = await pass.result

        #expect(try await notingRelay().relayPending() == 2)
        #expect(sent.values == ["a1", "a2"])
    }

    @Test("a message that takes longer than its claim is left to whoever has it then")
    func slow() async throws {
        try await append("a1", "b1")
        let (sent, clock) = (sent, clock)
        let other = try notingRelay(on: reopened())
        let slow = relay { relayed in
            clock.advance(by: .seconds(30))
            _ = try await other.relayPending()
            sent.add("late \(relayed.message.id)")
        }
        _ = try await slow.relayPending()
        #expect(sent.values == ["a1", "b1", "late a1"])
        #expect(try await pendingCount() == 0)
    }

    @Test("a clock that is set back holds nothing up")
    func setBack() async throws {
        try await append("a1")
        let failing = relay { _ in throw Broken() }
        #expect(try await failing.relayPending() == 0)
        clock.stepWall(by: .seconds(-86_400))
        #expect(try await notingRelay().relayPending() == 1)
    }

    // MARK: Order

    @Test("a message that fails holds up those of its aggregate, in their order, and no others")
    func order() async throws {
        try await append("a1", "b1", "a2", "b2", "a3")
        let sent = sent
        let failures = Notes<Int>()
        let relay = relay { relayed in
            if relayed.message.id == "a1", failures.values.count < 2 {
                failures.add(relayed.attempt)
                throw Broken()
            }
            sent.add("\(relayed.message.id) attempt \(relayed.attempt)")
        }
        #expect(try await relay.relayPending() == 2)
        try await append("a4", "b3")
        #expect(try await relay.relayPending() == 1)
        #expect(sent.values == ["b1", "b2", "b3"].map { "\($0) attempt 1" })

        // 100 ms before the second attempt, then 200 ms.
        clock.advance(by: .milliseconds(99))
        #expect(try await relay.relayPending() == 0)
        #expect(failures.values == [1])
        clock.advance(by: .milliseconds(1))
        #expect(try await relay.relayPending() == 0)
        clock.advance(by: .milliseconds(200))
        #expect(try await relay.relayPending() == 4)
        #expect(failures.values == [1, 2])
        let rest = ["a1 attempt 3", "a2 attempt 1", "a3 attempt 1", "a4 attempt 1"]
        #expect(Array(sent.values.dropFirst(3)) == rest)
    }

    @Test("two relays without a lease share the rows: each once, and each aggregate in order")
    func twoRelays() async throws {
        for number in 10..<30 { try await append("a\(number)", "b\(number)", "c\(number)") }
        let relays = [notingRelay(batch: 4), notingRelay(on: try reopened(), batch: 4)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for relay in relays {
                group.addTask { while try await self.pendingCount() > 0 { _ = try await relay.relayPending() } }
            }
            try await group.waitForAll()
        }
        for aggregate in ["a", "b", "c"] {
            #expect(sent.values.filter { $0.hasPrefix(aggregate) } == (10..<30).map { "\(aggregate)\($0)" })
        }
        #expect(sent.values.count == 60)
    }

    // MARK: The lease

    @Test("of two relays with one lease, the leader publishes each row once, and the other none")
    func oneLease() async throws {
        try await append("a1", "b1", "a2")
        let others = try reopened()
        let (leader, follower) = (lease("one", on: database), lease("two", on: others))
        #expect(try await leader.tryAcquire())
        #expect(try await !follower.tryAcquire())
        let leading = notingRelay(lease: leader)
        let following = notingRelay(on: others, lease: follower)
        async let first = leading.relayPending()
        async let second = following.relayPending()
        let counts = try await [first, second]
        #expect(counts == [3, 0])
        #expect(sent.values == ["a1", "b1", "a2"])
    }

    @Test("a leader that loses its lease in a pass stops, and the next one goes on where it was")
    func lostLease() async throws {
        try await append("a1", "a2", "b1")
        let others = try reopened()
        let (old, new) = (lease("one", on: database), lease("two", on: others))
        #expect(try await old.tryAcquire())
        let (sent, clock) = (sent, clock)
        let leading = relay(lease: old) { relayed in
            sent.add(relayed.message.id)
            clock.advance(by: .seconds(5))
        }
        #expect(try await leading.relayPending() == 1)
        #expect(try await new.tryAcquire())
        #expect(try await notingRelay(on: others, lease: new).relayPending() == 2)
        #expect(sent.values == ["a1", "a2", "b1"])
    }

    // MARK: As a service

    @Test("a running relay publishes what it is woken for, and ends when it is cancelled")
    func running() async throws {
        let (published, done) = AsyncStream<String>.makeStream()
        let relay = relay { done.yield($0.message.id) }
        let service = Task { try await relay.run() }
        await clock.sleepers(atLeast: 1)
        try await append("a1")
        relay.wake()
        var ids = published.makeAsyncIterator()
        #expect(await ids.next() == "a1")
        service.cancel()
        try await service.value
        #expect(try await pendingCount() == 0)
    }

    // MARK: Telemetry

    /// What was exported, of a body in which the telemetry is the process's.
    private func recording(
        _ body: (ClewTracer) async throws -> Void
    ) async throws -> (spans: [ClewModel.Span], metrics: [Metric]) {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        try await withMetricsFactory(telemetry.metricsFactory) {
            try await withTracer(telemetry.tracer) { try await body(telemetry.tracer) }
        }
        await telemetry.flush()
        return (exporter.spans, exporter.metrics)
    }

    @Test("the relay's span begins a trace that links to the writer's, with its correlation id and the lag")
    func span() async throws {
        let relayed = Notes<RelayedMessage>()
        let relay = relay { relayed.add($0) }
        let (spans, metrics) = try await recording { tracer in
            var context = ServiceContext.topLevel
            context.correlationID = "request-1"
            try await tracer.withSpan("place order", context: context) { _ in try await append("a1") }
            clock.advance(by: .seconds(2))
            let count = try await tracer.withSpan("poll", context: .topLevel) { _ in try await relay.relayPending() }
            #expect(count == 1)
        }
        let writer = try #require(spans.first { $0.name == "place order" })
        let span = try #require(spans.first { $0.kind == .producer })
        #expect(span.name == "send orders")
        #expect(span.parentSpanID == nil && span.traceID != writer.traceID)
        #expect(span.links.map(\.spanID) == [writer.spanID])
        #expect(span.attributes[SemanticConventions.correlationID] == "request-1")
        #expect(span.attributes[SemanticConventions.outboxLag] == 2.0)
        #expect(span.attributes[SemanticConventions.messagingMessageID] == "a1")
        #expect(span.attributes[SemanticConventions.messagingSystem] == "memory")
        #expect(span.attributes[SemanticConventions.messageType] == "OrderPlaced")
        #expect(span.attributes[SemanticConventions.messageSchemaVersion] == 1)

        let message = try #require(relayed.values.first)
        #expect(message.lag == .seconds(2))
        #expect(message.headers["traceparent"]?.contains("\(span.traceID)-\(span.spanID)") == true)
        #expect(message.headers[CorrelationID.header] == "request-1")
        let gauge = metrics.first { $0.name == SemanticConventions.outboxPending }
        guard case .gauge(let points) = gauge?.data else {
            Issue.record("no gauge of pending rows")
            return
        }
        #expect(points.map(\.value) == [.int(0)])
    }

    @Test(
        "a stored context that is none restores nothing, and the message is published all the same",
        arguments: ["", "\u{0}=\u{0}", "traceparent=00-zz", "traceparent", "correlation.id=\\"])
    func malformedContext(text: String) async throws {
        let relay = notingRelay()
        let (spans, _) = try await recording { tracer in
            try await tracer.withSpan("place order", context: .topLevel) { _ in try await append("a1") }
            try await database.write { db in
                try db.execute(sql: "UPDATE outbox SET tracingspancontext = ?", arguments: [text])
            }
            #expect(try await relay.relayPending() == 1)
        }
        let span = try #require(spans.first { $0.kind == .producer })
        #expect(span.links.isEmpty)
        #expect(span.parentSpanID == nil)
        #expect(sent.values == ["a1"])
    }

    @Test("a table of another form is an error that says so, and no crash")
    func damaged() async throws {
        try await append("a1")
        try await database.write { try $0.execute(sql: "ALTER TABLE outbox RENAME COLUMN payload TO body") }
        let error = await #expect(throws: DurableError.self) { try await notingRelay().relayPending() }
        #expect(error?.code == .malformed)
    }
}
