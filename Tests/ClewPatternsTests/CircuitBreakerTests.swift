import Clew
import ClewModel
import ClewTesting
import Testing
import Tracing

@testable import ClewPatterns

private struct Broken: Error {}

@Suite("A circuit breaker")
struct CircuitBreakerTests {
    private let clock = ManualClock()

    private func circuit(
        _ telemetry: Telemetry? = nil, _ adjust: (inout CircuitBreakerSettings) -> Void = { _ in }
    ) -> CircuitBreaker {
        var settings = CircuitBreakerSettings()
        adjust(&settings)
        return CircuitBreaker(name: "payments", settings: settings, telemetry: telemetry, clock: clock.clock)
    }

    private func fail(_ breaker: CircuitBreaker, _ count: Int = 10) throws {
        for _ in 0..<count { try breaker.acquire().failed() }
    }

    private func refusal(_ breaker: CircuitBreaker) -> PatternError? {
        do {
            try breaker.acquire().released()
            return nil
        } catch {
            return error as? PatternError
        }
    }

    @Test("refuses calls without making them, and says when to try again")
    func refuses() async throws {
        let breaker = circuit()
        for _ in 0..<10 {
            await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        }
        #expect(breaker.state == .open)
        clock.advance(by: .seconds(2))
        let error = await #expect(throws: PatternError.self) {
            try await breaker.run { Issue.record("called while open") }
        }
        #expect(error?.code == .circuitOpen)
        #expect(error?.retryAfter == .seconds(3))
        #expect(error?.message.contains("'payments' is open") == true)
    }

    @Test("gives back what the call returns, and closes after as many successes as it has probes")
    func closes() async throws {
        let breaker = circuit()
        try fail(breaker)
        clock.advance(by: .seconds(5))
        for number in 0..<3 {
            let value = try await breaker.run { number }
            #expect(value == number)
            #expect(breaker.state == (number < 2 ? .halfOpen : .closed))
        }
    }

    @Test("does not count a cancelled call, whatever error its client makes of that")
    func cancelled() async throws {
        let breaker = circuit { $0.minimumCalls = 1 }
        await #expect(throws: CancellationError.self) { try await breaker.run { throw CancellationError() } }
        let (stream, end) = AsyncStream<Never>.makeStream()
        defer { end.finish() }
        let task = Task {
            try await breaker.run {
                // Ends only with the task's cancellation.
                for await _ in stream {}
                throw Broken()
            }
        }
        task.cancel()
        await #expect(throws: Broken.self) { try await task.value }
        #expect(breaker.state == .closed)
        try fail(breaker, 1)
        #expect(breaker.state == .open)
    }

    @Test("gives the place of a cancelled probe to another")
    func cancelledProbe() async throws {
        let breaker = circuit { $0.probes = 1 }
        try fail(breaker)
        clock.advance(by: .seconds(5))
        for _ in 0..<5 {
            await #expect(throws: CancellationError.self) { try await breaker.run { throw CancellationError() } }
            #expect(breaker.state == .halfOpen)
        }
        try await breaker.run {}
        #expect(breaker.state == .closed)
    }

    @Test("counts an error that is no failure as a success")
    func noFailure() async throws {
        let breaker = circuit { $0.minimumCalls = 2 }
        for _ in 0..<3 {
            await #expect(throws: Broken.self) {
                try await breaker.run(isFailure: { !($0 is Broken) }) { throw Broken() }
            }
        }
        try fail(breaker, 2)
        #expect(breaker.state == .closed)
        try fail(breaker, 1)
        #expect(breaker.state == .open)
    }

    @Test("lets no more probes through than it has, however many want to be one")
    func concurrentProbes() async throws {
        let breaker = circuit()
        try fail(breaker)
        clock.advance(by: .seconds(5))
        let permits = await withTaskGroup(of: CircuitBreaker.Permit?.self) { group in
            for _ in 0..<100 { group.addTask { try? breaker.acquire() } }
            var permits: [CircuitBreaker.Permit] = []
            for await permit in group { if let permit { permits.append(permit) } }
            return permits
        }
        #expect(permits.count == 3)
        #expect(refusal(breaker)?.retryAfter == .seconds(5))
        permits.forEach { $0.succeeded() }
        #expect(breaker.state == .closed)
    }

    @Test("takes back a permit that is dropped without a report")
    func dropped() throws {
        let breaker = circuit { $0.probes = 1 }
        try fail(breaker)
        clock.advance(by: .seconds(5))
        do {
            let permit = try breaker.acquire()
            #expect(refusal(breaker) != nil)
            withExtendedLifetime(permit) {}
        }
        #expect(refusal(breaker) == nil)
        #expect(breaker.state == .halfOpen)
    }

    @Test("hears only the first report of a permit")
    func reportsOnce() throws {
        let breaker = circuit { $0.minimumCalls = 2 }
        let permit = try breaker.acquire()
        permit.succeeded()
        for _ in 0..<5 { permit.failed() }
        permit.released()
        #expect(breaker.state == .closed)
        try fail(breaker, 1)
        #expect(breaker.state == .open)
    }

    @Test("gives the place of a probe that hangs to another after the open time, and still hears it")
    func hangingProbes() throws {
        let breaker = circuit()
        try fail(breaker)
        clock.advance(by: .seconds(5))
        let hanging = try (0..<3).map { _ in try breaker.acquire() }
        clock.advance(by: .seconds(4))
        #expect(refusal(breaker)?.retryAfter == .seconds(1))
        clock.advance(by: .seconds(1))
        try breaker.acquire().succeeded()
        hanging[0].succeeded()
        #expect(breaker.state == .halfOpen)
        hanging[1].succeeded()
        #expect(breaker.state == .closed)
    }

    @Test("ignores the result of a call that began before the last change of state")
    func lateResults() throws {
        let breaker = circuit { $0.minimumCalls = 1 }
        let early = try (0..<3).map { _ in try breaker.acquire() }
        try fail(breaker, 1)
        early[0].succeeded()
        #expect(breaker.state == .open)
        clock.advance(by: .seconds(5))
        let probes = try (0..<3).map { _ in try breaker.acquire() }
        early[1].failed()
        #expect(breaker.state == .halfOpen)
        probes[0].succeeded()
        let late = try breaker.acquire()
        probes[1].succeeded()
        probes[2].succeeded()
        late.failed()
        early[2].failed()
        #expect(breaker.state == .closed)
    }

    @Test("stays open for twice as long after each failed probe, up to the limit, and anew after it closed")
    func doubles() throws {
        let breaker = circuit()
        for _ in 0..<2 {
            try fail(breaker)
            for seconds in [5, 10, 20, 40, 60, 60] {
                #expect(refusal(breaker)?.retryAfter == .seconds(seconds))
                clock.advance(by: .seconds(seconds))
                try fail(breaker, 1)
            }
            clock.advance(by: .seconds(60))
            for _ in 0..<3 { try breaker.acquire().succeeded() }
            #expect(breaker.state == .closed)
        }
    }

    @Test("shows its state, its refusals, and which call changed the state")
    func telemetry() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter, output: LogOutput { _ in })
        let breaker = circuit(telemetry)
        let name: [String: AttributeValue] = [SemanticConventions.patternName: "payments"]
        func gauge() async -> Double? {
            await telemetry.flush()
            return exporter.metric(SemanticConventions.circuitBreakerState)?.value(where: name)
        }
        #expect(await gauge() == 0)
        let span = telemetry.tracer.startSpan("charge")
        for _ in 0..<10 { try breaker.acquire(span: span).failed() }
        for _ in 0..<2 {
            await #expect(throws: PatternError.self) { try await breaker.run(span: span) {} }
        }
        #expect(await gauge() == 2)
        clock.advance(by: .seconds(5))
        try await breaker.run(span: span) {}
        #expect(await gauge() == 1)
        for _ in 0..<3 { try await breaker.run(span: span) {} }
        span.end()
        #expect(await gauge() == 0)

        let reason = name.merging([SemanticConventions.patternReason: "circuit_open"]) { $1 }
        #expect(exporter.metric(SemanticConventions.patternRefusals)?.value(where: reason) == 2)
        let events = exporter.spans(named: "charge").flatMap(\.events)
        #expect(events.allSatisfy { $0.name == SemanticConventions.circuitBreakerChangeEvent })
        #expect(events.allSatisfy { $0.attributes[SemanticConventions.patternName] == "payments" })
        #expect(
            events.map { $0.attributes[SemanticConventions.circuitBreakerFrom] } == ["closed", "open", "half_open"])
        #expect(events.map { $0.attributes[SemanticConventions.circuitBreakerTo] } == ["open", "half_open", "closed"])
    }

    @Test("takes any number as a setting")
    func settings() throws {
        let durations = [Duration.seconds(Int64.min), .seconds(-1), .zero, .nanoseconds(1), .seconds(Int64.max)]
        let counts = [Int.min, -1, 0, 1, .max]
        let ratios = [Double.nan, -.infinity, -1, 0, 1, 2, .infinity]
        clock.advance(by: .seconds(1))
        for duration in durations {
            for count in counts {
                for ratio in ratios {
                    let breaker = circuit {
                        $0.window = duration
                        $0.openDuration = duration
                        $0.maximumOpenDuration = .zero
                        ($0.minimumCalls, $0.probes, $0.failureRatio) = (count, count, ratio)
                    }
                    try fail(breaker, 1)
                    #expect(breaker.state == (count == .max ? .closed : .open))
                }
            }
        }
    }

    @Test("brings settings into their range")
    func limits() {
        var settings = CircuitBreakerSettings()
        settings.window = .zero
        settings.openDuration = .seconds(7)
        settings.maximumOpenDuration = .seconds(-1)
        (settings.minimumCalls, settings.probes, settings.failureRatio) = (-1, 0, .nan)
        #expect(
            settings.limits
                == CircuitBreakerSettings.Limits(
                    bucket: 100_000, minimumCalls: 1, failureRatio: 0.5, openDuration: 7_000_000_000,
                    maximumOpenDuration: 7_000_000_000, probes: 1))
    }
}
