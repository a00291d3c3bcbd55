import Clew
import ClewPatterns
import ClewTesting
import Synchronization
import Testing
import Tracing

@Suite("The patterns around a call", .timeLimit(.minutes(2)))
struct CallPolicyTests {
    private struct Broken: Error {}
    private struct NotFound: Error {}

    private let clock = ManualClock()

    private func policy(
        attempts: Int = 3, failures: Int = 2, timeout: Duration? = nil, permits: Int = 1
    ) -> CallPolicy {
        var retries = RetrySettings()
        retries.maximumAttempts = attempts
        var breaker = CircuitBreakerSettings()
        breaker.minimumCalls = failures
        return CallPolicy(
            // No jitter: nothing is waited for.
            retry: Retry(name: "stock", retries, clock: clock.clock, random: { 0 }),
            breaker: CircuitBreaker(name: "stock", settings: breaker, clock: clock.clock),
            bulkhead: Bulkhead(name: "stock", permits: permits, queue: 0, clock: clock.clock),
            timeout: timeout, clock: clock.clock)
    }

    @Test("each attempt asks the breaker, and what it refuses is not repeated")
    func breakerInsideRetry() async throws {
        let policy = policy(attempts: 5, failures: 2)
        let calls = Atomic<Int>(0)
        let error = await #expect(throws: PatternError.self) {
            try await policy.run { _ in
                calls.wrappingAdd(1, ordering: .relaxed)
                throw Broken()
            }
        }
        #expect(error?.code == .circuitOpen)
        #expect(calls.load(ordering: .relaxed) == 2)
        #expect(policy.breaker?.state == .open)
    }

    @Test("an attempt that succeeds ends the repetitions, and gives its permit back")
    func repeated() async throws {
        let policy = policy(failures: 10)
        let number = try await policy.run { attempt in
            if attempt < 2 { throw Broken() }
            return attempt
        }
        #expect(number == 2)
        #expect(try await policy.run { $0 } == 0)
    }

    @Test("errors that are no failures are neither repeated nor counted")
    func notFound() async throws {
        let policy = policy(failures: 1)
        let calls = Atomic<Int>(0)
        await #expect(throws: NotFound.self) {
            try await policy.run(isFailure: { !($0 is NotFound) }) { _ in
                calls.wrappingAdd(1, ordering: .relaxed)
                throw NotFound()
            }
        }
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(policy.breaker?.state == .closed)
    }

    @Test("a full bulkhead refuses at once, which the breaker does not count")
    func bulkheadInsideBreaker() async throws {
        let policy = policy(failures: 1)
        let (started, start) = AsyncStream<Void>.makeStream()
        let (finished, finish) = AsyncStream<Never>.makeStream()
        let first = Task {
            try await policy.run { _ in
                start.yield()
                for await _ in finished {}
            }
        }
        for await _ in started { break }
        let error = await #expect(throws: PatternError.self) { try await policy.run { _ in } }
        #expect(error?.code == .bulkheadFull)
        #expect(policy.breaker?.state == .closed)
        finish.finish()
        try await first.value
    }

    @Test("an attempt that takes too long is cancelled, counts as a failure, and is repeated")
    func timedOut() async throws {
        let policy = policy(failures: 10, timeout: .milliseconds(100))
        let calls = Atomic<Int>(0)
        let call = Task {
            try await policy.run { attempt in
                calls.wrappingAdd(1, ordering: .relaxed)
                if attempt == 0 { try await clock.clock.sleep(.seconds(3600)) }
                return attempt
            }
        }
        // The attempt and its timer.
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .milliseconds(100))
        #expect(try await call.value == 1)
        #expect(calls.load(ordering: .relaxed) == 2)
    }

    @Test("where the request's own time is over, nothing is repeated, and the dependency is not blamed")
    func requestIsOver() async throws {
        let policy = policy(failures: 1, timeout: .seconds(10))
        let call = Task {
            try await withDeadline(.milliseconds(50), clock: clock.clock) {
                try await policy.run { _ in try await clock.clock.sleep(.seconds(3600)) }
            }
        }
        // The request's timer, the attempt's, and the attempt.
        await clock.sleepers(atLeast: 3)
        clock.advance(by: .milliseconds(50))
        let error = await #expect(throws: PatternError.self) { try await call.value }
        #expect(error?.code == .deadlineExceeded)
        #expect(policy.breaker?.state == .closed)
    }

    @Test("without any pattern the call is made as it is")
    func bare() async throws {
        #expect(try await CallPolicy().run { $0 } == 0)
        await #expect(throws: Broken.self) { try await CallPolicy().run { _ in throw Broken() } }
    }
}
