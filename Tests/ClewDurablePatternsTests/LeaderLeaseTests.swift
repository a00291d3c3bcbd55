import Clew
import ClewModel
import ClewTesting
import GRDB
import Testing
import Tracing

@testable import ClewDurablePatterns

@Suite("A leader's lease")
struct LeaderLeaseTests {
    private let clock = ManualClock()
    private let file: DatabaseFile
    private let database: DatabasePool

    init() throws {
        let file = try DatabaseFile()
        self.file = file
        database = try file.open(LeaderLease.migrate)
    }

    private func lease(
        _ owner: String, on database: DatabasePool? = nil, telemetry: Telemetry? = nil
    ) -> LeaderLease {
        LeaderLease(
            name: "relay", owner: owner, database: database ?? self.database, clock: clock.clock, telemetry: telemetry)
    }

    @Test("has one holder, who keeps its term while it renews")
    func renews() async throws {
        let (first, second) = (lease("one"), lease("two", on: try file.open { _ in }))
        #expect(!first.isHeld)
        for _ in 0..<10 {
            #expect(try await first.tryAcquire())
            #expect(try await !second.tryAcquire())
            #expect(first.term == 1)
            #expect(second.term == nil)
            clock.advance(by: .seconds(4))
        }
    }

    @Test("goes to another instance when its time is over, with a higher term, and never to two at once")
    func takeover() async throws {
        let (first, second) = (lease("one"), lease("two", on: try file.open { _ in }))
        #expect(try await first.tryAcquire())
        var steps = 0
        while try await !second.tryAcquire(), steps < 1_000 {
            steps += 1
            clock.advance(by: .milliseconds(10))
            // Before the attempt that may succeed at this moment.
            if steps >= 450 { #expect(!first.isHeld) } else { #expect(first.isHeld) }
        }
        #expect(steps == 500)
        #expect(!first.isHeld && first.term == nil)
        #expect(second.term == 2)
        #expect(try await !first.tryAcquire())
    }

    @Test("is renewed under its term by a holder that was late, if nobody took it")
    func late() async throws {
        let first = lease("one")
        #expect(try await first.tryAcquire())
        clock.advance(by: .seconds(60))
        #expect(!first.isHeld)
        #expect(try await first.tryAcquire())
        #expect(first.term == 1)
    }

    @Test("an instance that was restarted under its name is another one: it waits, and has a term of its own")
    func restarted() async throws {
        #expect(try await lease("one").tryAcquire())
        let restarted = lease("one")
        #expect(try await !restarted.tryAcquire())
        clock.advance(by: .seconds(5))
        #expect(try await restarted.tryAcquire())
        #expect(restarted.term == 2)
    }

    @Test("that is released can be taken at once, and terms go on growing")
    func released() async throws {
        let (first, second) = (lease("one"), lease("two"))
        for round in 0..<3 as Range<Int64> {
            #expect(try await first.tryAcquire())
            #expect(first.term == 2 * round + 1)
            try await first.release()
            #expect(!first.isHeld)
            #expect(try await second.tryAcquire())
            #expect(second.term == 2 * round + 2)
            try await second.release()
        }
        try await first.release()
    }

    @Test("an instance that is late with its release takes nothing from the new holder")
    func lateRelease() async throws {
        let (first, second) = (lease("one"), lease("two"))
        #expect(try await first.tryAcquire())
        clock.advance(by: .seconds(5))
        #expect(try await second.tryAcquire())
        try await first.release()
        #expect(try await !lease("three").tryAcquire())
        #expect(second.isHeld)
    }

    @Test("does not depend on the time of day for its holder")
    func setForward() async throws {
        let first = lease("one")
        #expect(try await first.tryAcquire())
        clock.stepWall(by: .seconds(-3_600))
        #expect(first.isHeld)
        clock.advance(by: .seconds(4.5))
        #expect(!first.isHeld)
    }

    @Test("is taken by one of many that want it at once")
    func contended() async throws {
        let leases = try (0..<8).map { lease("\($0)", on: try file.open { _ in }) }
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for lease in leases { group.addTask { try await lease.tryAcquire() } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
        #expect(leases.filter(\.isHeld).count == 1)
    }

    @Test("a running lease renews itself every third of its time, and is released when its task is cancelled")
    func running() async throws {
        let first = lease("one")
        let service = Task { try await first.run() }
        for _ in 0..<10 {
            await clock.sleepers(atLeast: 1)
            #expect(first.term == 1)
            let step = clock.advanceToNextSleeper()
            #expect(step < .seconds(2) && step > .seconds(1.5))
        }
        await clock.sleepers(atLeast: 1)
        service.cancel()
        try await service.value
        #expect(!first.isHeld)
        let second = lease("two")
        #expect(try await second.tryAcquire())
        #expect(second.term == 2)
    }

    @Test("what the table says counts, unless the lease was released or taken in the meantime")
    func state() {
        var state = LeaderLeaseState()
        state.settle(.init(term: 3, end: 10), renewing: nil)
        #expect([9, 10].map { state.heldTerm(at: $0) } == [3, nil])
        // A first attempt that was refused, as another one of this instance had succeeded.
        state.settle(nil, renewing: nil)
        #expect(state.heldTerm(at: 9) == 3)
        // Two renewals, the later one first.
        state.settle(.init(term: 3, end: 30), renewing: 3)
        state.settle(.init(term: 3, end: 20), renewing: 3)
        #expect(state.heldTerm(at: 29) == 3)
        #expect(state.release() == 3)
        // A renewal that was under way.
        state.settle(.init(term: 3, end: 40), renewing: 3)
        #expect(state.heldTerm(at: 9) == nil)
        state.settle(.init(term: 4, end: 50), renewing: nil)
        state.settle(nil, renewing: 4)
        #expect(state.heldTerm(at: 9) == nil)
    }

    @Test("each term is a span of its own trace, and the gauge says who leads")
    func telemetry() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        let (first, second) = (lease("one", telemetry: telemetry), lease("two"))
        let held = try await telemetry.tracer.withSpan("start") { _ in
            [try await first.tryAcquire(), try await first.tryAcquire()]
        }
        #expect(held == [true, true])
        await telemetry.flush()
        #expect(gauge(exporter) == [.int(1)])
        clock.advance(by: .seconds(5))
        #expect(try await second.tryAcquire())
        #expect(try await !first.tryAcquire())
        await telemetry.flush()
        #expect(gauge(exporter) == [.int(0)])

        let spans = exporter.spans.filter { $0.name == "take over relay" }
        #expect(spans.map { $0.attributes[SemanticConventions.leaderTerm] } == [1])
        #expect(spans.map(\.parentSpanID) == [nil])
        #expect(spans.map { $0.attributes[SemanticConventions.patternName] } == ["relay"])
    }

    private func gauge(_ exporter: InMemoryExporter) -> [NumberValue] {
        let gauge = exporter.metrics.last { $0.name == SemanticConventions.leaderHeld }
        guard case .gauge(let points) = gauge?.data else { return [] }
        return points.map(\.value)
    }
}
