import Clew
import ClewModel
import ClewTesting
import Synchronization
import Testing
import Tracing

@testable import ClewPatterns

private struct Broken: Error {}

/// Opens once, for one task.
private final class Gate: Sendable {
    private let ends = AsyncStream<Never>.makeStream()

    func open() { ends.continuation.finish() }

    /// Returns when the gate is open, or when the task is cancelled.
    func passed() async {
        for await _ in ends.stream {}
    }
}

private final class Recorded: Sendable {
    private let kept = Mutex<[Int]>([])

    var values: [Int] { kept.withLock { $0 } }

    func append(_ value: Int) { kept.withLock { $0.append(value) } }
}

/// How many run at once, and how many did at most.
private final class Crowd: Sendable {
    private let counts = Mutex((now: 0, peak: 0))

    var peak: Int { counts.withLock { $0.peak } }

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.peak = max(counts.peak, counts.now)
        }
    }

    func leave() { counts.withLock { $0.now -= 1 } }
}

extension Bulkhead.Occupancy {
    fileprivate static let idle = Self()
}

/// A bulkhead whose only permit is held until the gate opens.
private struct HeldBulkhead {
    let clock = ManualClock()
    let gate = Gate()
    let bulkhead: Bulkhead
    let holder: Task<Void, any Error>

    init(queue: Int = 10, maximumWait: Duration = .seconds(1), telemetry: Telemetry? = nil) async {
        let bulkhead = Bulkhead(
            name: "payments", permits: 1, queue: queue, maximumWait: maximumWait, clock: clock.clock,
            telemetry: telemetry)
        let (gate, entered) = (self.gate, Gate())
        holder = Task {
            try await bulkhead.run {
                entered.open()
                await gate.passed()
            }
        }
        self.bulkhead = bulkhead
        await entered.passed()
    }

    /// A task that waits for the permit when this returns.
    ///
    /// - Parameter others: How many wait already.
    func waiter(
        after others: Int = 0, span: (any Tracing.Span)? = nil, _ body: @escaping @Sendable () -> Void = {}
    ) async -> Task<Void, any Error> {
        let bulkhead = bulkhead
        let task = Task { try await bulkhead.run(span: span) { body() } }
        await clock.sleepers(atLeast: others + 1)
        return task
    }

    /// Lets go of the permit, and tells what is held and waits when the holder is gone.
    @discardableResult
    func release() async throws -> Bulkhead.Occupancy {
        gate.open()
        try await holder.value
        return bulkhead.occupancy
    }
}

@Suite("A bulkhead")
struct BulkheadTests {
    @Test("gives back what a call returns or throws, and takes its permit back")
    func results() async throws {
        let bulkhead = Bulkhead(name: "payments", permits: 1, queue: 0)
        let active = try await bulkhead.run { bulkhead.occupancy.active }
        #expect(active == 1)
        await #expect(throws: Broken.self) { try await bulkhead.run { throw Broken() } }
        #expect(bulkhead.occupancy == .idle)
    }

    @Test("serves those who wait in the order in which they came")
    func order() async throws {
        let held = await HeldBulkhead()
        let recorded = Recorded()
        var waiters: [Task<Void, any Error>] = []
        for index in 0..<5 {
            waiters.append(await held.waiter(after: index) { recorded.append(index) })
        }
        #expect(held.bulkhead.occupancy == .init(active: 1, waiting: 5))
        try await held.release()
        for waiter in waiters { try await waiter.value }
        #expect(recorded.values == [0, 1, 2, 3, 4])
        #expect(held.bulkhead.occupancy == .idle)
        #expect(held.clock.sleeperCount == 0)
    }

    @Test("refuses at once when the queue is full")
    func fullQueue() async throws {
        let held = await HeldBulkhead(queue: 1)
        let waiter = await held.waiter()
        let error = await #expect(throws: PatternError.self) { try await held.bulkhead.run {} }
        #expect(error?.code == .bulkheadFull)
        #expect(error?.message.contains("'payments'") == true)
        try await held.release()
        try await waiter.value
    }

    @Test("refuses when the wait is over, and not a nanosecond before")
    func maximumWait() async throws {
        let held = await HeldBulkhead()
        let waiter = await held.waiter()
        held.clock.advance(by: .seconds(1) - .nanoseconds(1))
        #expect(held.bulkhead.occupancy == .init(active: 1, waiting: 1))
        held.clock.advance(by: .nanoseconds(1))
        let error = await #expect(throws: PatternError.self) { try await waiter.value }
        #expect(error?.code == .bulkheadFull)
        #expect(try await held.release() == .idle)
    }

    @Test("lets one who is cancelled leave the queue, and serves the next")
    func cancellation() async throws {
        let held = await HeldBulkhead()
        let recorded = Recorded()
        let first = await held.waiter { recorded.append(1) }
        let second = await held.waiter(after: 1) { recorded.append(2) }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(held.bulkhead.occupancy == .init(active: 1, waiting: 1))
        try await held.release()
        try await second.value
        #expect(recorded.values == [2])
        #expect(held.bulkhead.occupancy == .idle)
    }

    @Test("lets nobody wait who is cancelled already")
    func cancelledBefore() async throws {
        let held = await HeldBulkhead()
        let (bulkhead, start) = (held.bulkhead, Gate())
        let task = Task {
            await start.passed()
            try await bulkhead.run {}
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await held.release() == .idle)
    }

    @Test(
        "lets none wait without a queue or without time",
        arguments: [(0, 1), (-1, 1), (1, 0), (1, -1), (Int.min, Int.min)])
    func noQueue(queue: Int, seconds: Int) async throws {
        let held = await HeldBulkhead(queue: queue, maximumWait: .seconds(seconds))
        await #expect(throws: PatternError.self) { try await held.bulkhead.run {} }
        #expect(try await held.release() == .idle)
    }

    @Test("has one permit at least, and survives numbers of any size", arguments: [0, -1, Int.min, Int.max])
    func odd(number: Int) async throws {
        let bulkhead = Bulkhead(
            name: "payments", permits: number, queue: number, maximumWait: .seconds(Int64(number)))
        let answer = try await bulkhead.run { 7 }
        #expect(answer == 7)
        #expect(bulkhead.occupancy == .idle)
    }

    @Test("notes on the span how long a call waited, and nothing where it did not")
    func span() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        let held = await HeldBulkhead()
        let span = telemetry.tracer.startSpan("waited")
        let waiter = await held.waiter(span: span)
        held.clock.advance(by: .milliseconds(250))
        try await held.release()
        try await waiter.value
        span.end()
        let other = telemetry.tracer.startSpan("went")
        try await held.bulkhead.run(span: other) {}
        other.end()
        await telemetry.shutdown()
        let waited = try #require(exporter.spans(named: "waited").first)
        let went = try #require(exporter.spans(named: "went").first)
        #expect(waited.attributes[SemanticConventions.bulkheadWait] == .double(0.25))
        #expect(went.attributes[SemanticConventions.bulkheadWait] == nil)
    }

    @Test("counts permits that are held, and refusals")
    func metrics() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        let held = await HeldBulkhead(queue: 0, telemetry: telemetry)
        await #expect(throws: PatternError.self) { try await held.bulkhead.run {} }
        await telemetry.flush()
        let name = [SemanticConventions.patternName: AttributeValue.string("payments")]
        #expect(exporter.metric(SemanticConventions.bulkheadActive)?.value(where: name) == 1)
        try await held.release()
        await telemetry.shutdown()
        #expect(exporter.metric(SemanticConventions.bulkheadActive)?.value(where: name) == 0)
        let reason = [SemanticConventions.patternReason: AttributeValue.string("bulkhead_full")]
        #expect(exporter.metric(SemanticConventions.patternRefusals)?.value(where: reason) == 1)
    }

    @Test(
        "has all its permits after a thousand calls, of which some are cancelled and some wait too long",
        arguments: [1, 2, 3] as [UInt64])
    func stress(seed: UInt64) async {
        let clock = ManualClock()
        let bulkhead = Bulkhead(name: "payments", permits: 5, queue: 900, clock: clock.clock)
        let crowd = Crowd()
        var random = SplitMix64(seed: seed)
        var calls: [Task<Void, any Error>] = []
        for _ in 0..<1000 {
            let steps = Int.random(in: 0...5, using: &random)
            calls.append(
                Task {
                    try await bulkhead.run {
                        crowd.enter()
                        defer { crowd.leave() }
                        for _ in 0..<steps {
                            clock.advance(by: .milliseconds(1))
                            await Task.yield()
                        }
                    }
                })
        }
        for call in calls.shuffled(using: &random).prefix(400) {
            call.cancel()
            await Task.yield()
        }
        var unexpected: [any Error] = []
        for call in calls {
            if case .failure(let error) = await call.result, !Self.isExpected(error) { unexpected.append(error) }
        }
        #expect(unexpected.isEmpty)
        #expect(crowd.peak <= 5)
        #expect(bulkhead.occupancy == .idle)
        #expect(clock.sleeperCount == 0)
    }

    private static func isExpected(_ error: any Error) -> Bool {
        error is CancellationError || (error as? PatternError)?.code == .bulkheadFull
    }
}

@Suite("The state machine of a bulkhead")
struct BulkheadStateTests {
    @Test(
        "keeps to its model in every sequence of seven events",
        arguments: [1, 2], [0, 1, 2])
    func everySequence(permits: Int, queue: Int) {
        var violations: [String] = []
        explore(BulkheadModel(permits: permits, queue: queue), depth: 7, &violations)
        #expect(violations.isEmpty, "\(violations.prefix(3))")
    }

    private func explore(_ model: BulkheadModel, depth: Int, _ violations: inout [String]) {
        guard violations.count < 3 else { return }
        var end = model
        guard depth > 0, model.violations.isEmpty else {
            end.drain()
            violations += end.violations
            return
        }
        for event in model.events {
            var next = model
            next.apply(event)
            explore(next, depth: depth - 1, &violations)
        }
    }

    @Test("keeps to its model in long random sequences", arguments: [1, 2, 3, 4] as [UInt64])
    func randomSequences(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var model = BulkheadModel(permits: 3, queue: 20)
        for _ in 0..<5000 {
            // Arrivals in a crowd, so that the queue fills up; then whatever is possible.
            let isArrival = Bool.random(using: &random)
            model.apply(isArrival ? .enter : model.events.randomElement(using: &random) ?? .enter)
        }
        model.drain()
        #expect(model.violations.isEmpty, "\(model.violations.prefix(3))")
    }

    @Test("forgets who gave up while one call hangs")
    func bounded() {
        var state = BulkheadState<Int>(permits: 1, queue: 2)
        #expect(state.enter() == .admitted)
        for index in 0..<10_000 {
            guard case .waiting(let ticket) = state.enter() else {
                Issue.record("no room for call \(index)")
                return
            }
            #expect(state.arrive(ticket, index) == nil)
            #expect(state.giveUp(ticket, .expired)?.waiter == index)
        }
        #expect(state.waiting == 0)
        let woken = state.leave()
        #expect(woken?.waiter == nil)
        #expect(state.active == 0)
    }
}

/// What a bulkhead should do, as plainly as it can be said, beside one that does it.
private struct BulkheadModel {
    enum Event {
        case enter
        case arrive(UInt64)
        case giveUp(UInt64, BulkheadOutcome)
        case leave
    }

    private var state: BulkheadState<UInt64>
    private let permits: Int
    private let queue: Int
    private(set) var violations: [String] = []

    private var active = 0
    /// Those who may give a permit back: who were told that they have it.
    private var holders = 0
    private var tickets: [UInt64] = []
    private var waiting: [UInt64] = []
    private var arrived: Set<UInt64> = []
    /// Decided, and not told yet.
    private var decided: [UInt64: BulkheadOutcome] = [:]
    private var told: Set<UInt64> = []

    init(permits: Int, queue: Int) {
        self.permits = permits
        self.queue = queue
        state = BulkheadState(permits: permits, queue: queue)
    }

    /// All that can happen now. That those who have been told can give up without effect, is looked at after each event.
    var events: [Event] {
        let arrivals = (waiting + decided.keys.sorted()).filter { !arrived.contains($0) }.map(Event.arrive)
        let ends = waiting.flatMap { [Event.giveUp($0, .cancelled), .giveUp($0, .expired)] }
        return [.enter] + arrivals + ends + (holders > 0 ? [.leave] : [])
    }

    mutating func apply(_ event: Event) {
        switch event {
        case .enter: enter()
        case .arrive(let ticket): arrive(ticket)
        case .giveUp(let ticket, let reason): giveUp(ticket, reason)
        case .leave: leave()
        }
        check()
    }

    /// Lets all arrive and all who hold a permit leave: then nobody is left, and each was told once.
    mutating func drain() {
        while let ticket = (waiting + decided.keys).first(where: { !arrived.contains($0) }) { apply(.arrive(ticket)) }
        while holders > 0 { apply(.leave) }
        expect(told == Set(tickets), "not all were told")
        expect(state.active == 0 && state.waiting == 0, "something is left")
    }

    private mutating func enter() {
        let entry = state.enter()
        if active < permits {
            expect(entry == .admitted, "a free permit was not given")
            active += 1
            holders += 1
        } else if waiting.count < queue, case .waiting(let ticket) = entry {
            expect(tickets.last.map { $0 < ticket } ?? true, "tickets do not grow")
            tickets.append(ticket)
            waiting.append(ticket)
        } else {
            expect(waiting.count >= queue && entry == .refused, "let in, or refused beside a free place")
        }
    }

    private mutating func arrive(_ ticket: UInt64) {
        let outcome = decided.removeValue(forKey: ticket)
        expect(state.arrive(ticket, ticket) == outcome, "told something else on arrival than was decided")
        arrived.insert(ticket)
        if let outcome { tell(ticket, outcome) }
    }

    private mutating func giveUp(_ ticket: UInt64, _ reason: BulkheadOutcome) {
        waiting.removeAll { $0 == ticket }
        expectEnd(of: ticket, reason, state.giveUp(ticket, reason))
    }

    private mutating func leave() {
        holders -= 1
        let resumption = state.leave()
        if waiting.isEmpty {
            active -= 1
            expect(resumption == nil, "woke someone who does not wait")
        } else {
            expectEnd(of: waiting.removeFirst(), .admitted, resumption)
        }
    }

    private mutating func expectEnd(
        of ticket: UInt64, _ outcome: BulkheadOutcome, _ resumption: BulkheadState<UInt64>.Resumption?
    ) {
        if arrived.contains(ticket) {
            expect(resumption?.waiter == ticket && resumption?.outcome == outcome, "woke another, or otherwise")
            tell(ticket, outcome)
        } else {
            expect(resumption == nil, "woke someone who has not arrived")
            decided[ticket] = outcome
        }
    }

    private mutating func tell(_ ticket: UInt64, _ outcome: BulkheadOutcome) {
        expect(told.insert(ticket).inserted, "told twice")
        if outcome == .admitted { holders += 1 }
    }

    private mutating func check() {
        expect(state.active == active && active <= permits, "another number of permits is held")
        expect(state.waiting == waiting.count && waiting.count <= queue, "another number of calls waits")
        expect(waiting.isEmpty || active == permits, "someone waits beside a free permit")
        // Of a long run it would be most of the time.
        guard tickets.count <= 8 else { return }
        var copy = state
        // Cancelled or timed out too late, whether told or only decided.
        for ticket in told.union(decided.keys) {
            for reason in [BulkheadOutcome.cancelled, .expired] {
                expect(copy.giveUp(ticket, reason) == nil, "woken twice")
            }
        }
        expect(copy.active == active && copy.waiting == waiting.count, "a late end changed something")
    }

    private mutating func expect(_ condition: Bool, _ text: String) {
        if !condition { violations.append(text) }
    }
}
