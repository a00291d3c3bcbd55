import Clew
import ClewModel
import ClewTesting
import Synchronization
import Testing
import Tracing

@testable import ClewPatterns

@Suite("Retry")
struct RetryTests {
    struct Failure: Error, Equatable { var attempt = 0 }

    /// A clock whose sleepers wake at once, the time having passed.
    final class LeapingClock: Sendable {
        let manual = ManualClock()
        private let kept = Mutex<[Duration]>([])

        var sleeps: [Duration] { kept.withLock { $0 } }

        var clock: TelemetryClock {
            var clock = manual.clock
            clock.sleep = { duration in
                self.kept.withLock { $0.append(duration) }
                self.manual.advance(by: duration)
            }
            return clock
        }
    }

    let leaping = LeapingClock()

    func settings(attempts: Int) -> RetrySettings {
        var settings = RetrySettings()
        settings.maximumAttempts = attempts
        return settings
    }

    /// Half of each bound, unless told otherwise.
    func retry(
        _ settings: RetrySettings = RetrySettings(), budget: RetryBudget? = nil, telemetry: Telemetry? = nil,
        random: @escaping @Sendable () -> Double = { 0.5 }
    ) -> Retry {
        Retry(
            name: "stock", settings, budget: budget, clock: leaping.clock, telemetry: telemetry, random: random)
    }

    /// The attempts that were made of a call that always fails, which is its last error.
    func attempts(
        _ retry: Retry, error: (Int) -> any Error = { Failure(attempt: $0) },
        isRetryable: (any Error) -> Bool = { _ in true }
    ) async -> [Int] {
        var attempts: [Int] = []
        await #expect(throws: (any Error).self) {
            try await retry.run(isRetryable: isRetryable) { attempt in
                attempts.append(attempt)
                throw error(attempt)
            }
        }
        return attempts
    }

    // MARK: Attempts

    @Test("a call that succeeds is made once, and nothing waits")
    func succeeds() async throws {
        let value = try await retry().run { $0 + 7 }
        #expect(value == 7)
        #expect(leaping.sleeps.isEmpty)
    }

    @Test("a call that succeeds later gives its value")
    func succeedsLater() async throws {
        let value = try await retry().run { attempt in
            if attempt < 2 { throw Failure(attempt: attempt) }
            return attempt
        }
        #expect(value == 2)
        #expect(leaping.sleeps == [.milliseconds(25), .milliseconds(50)])
    }

    @Test("never more attempts than allowed", arguments: [(Int.min, 1), (0, 1), (1, 1), (2, 2), (3, 3), (10, 10)])
    func bounded(maximum: Int, made: Int) async {
        #expect(await attempts(retry(settings(attempts: maximum))) == Array(0..<made))
        #expect(leaping.sleeps.count == made - 1)
    }

    @Test("by default there are three, and the last error is thrown")
    func lastError() async {
        await #expect(throws: Failure(attempt: 2)) { try await retry().run { throw Failure(attempt: $0) } }
    }

    @Test("an error that does not pass is thrown at once")
    func notRetryable() async {
        #expect(await attempts(retry(), isRetryable: { !($0 is Failure) }) == [0])
    }

    @Test("cancellation and a deadline that is over are never repeated, even where the caller would")
    func neverRepeated() async {
        #expect(await attempts(retry(), error: { _ in CancellationError() }) == [0])
        #expect(await attempts(retry(), error: { _ in PatternError(.deadlineExceeded, "over") }) == [0])
        #expect(await attempts(retry(), error: { _ in PatternError(.rateLimited, "later") }) == [0, 1, 2])
    }

    @Test("a task that is cancelled does not repeat, whatever its call throws")
    func cancelledTask() async {
        let clock = leaping.manual.clock
        let retry = retry()
        let call = Task {
            try await retry.run { attempt in
                try? await clock.sleep(.seconds(1))
                throw Failure(attempt: attempt)
            }
        }
        await leaping.manual.sleepers(atLeast: 1)
        call.cancel()
        let result = await call.result
        #expect(throws: Failure(attempt: 0)) { try result.get() }
    }

    @Test("a wait that is cancelled ends with the cancellation, and without another attempt")
    func cancelledWait() async {
        let manual = ManualClock()
        let retry = Retry(name: "stock", clock: manual.clock, random: { 0.5 })
        let call = Task {
            try await retry.run { attempt in
                #expect(attempt == 0)
                throw Failure()
            }
        }
        await manual.sleepers(atLeast: 1)
        call.cancel()
        let result = await call.result
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(manual.sleeperCount == 0)
    }

    // MARK: Waits

    @Test("bounds double from the base to the cap")
    func doubling() {
        let backoff = Backoff()
        let bounds = (1...8).map { backoff.bound(beforeRetry: $0) }
        #expect(bounds == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
        #expect(backoff.bound(beforeRetry: .max) == .seconds(2))
        #expect(backoff.bound(beforeRetry: .min) == .milliseconds(50))
    }

    @Test("over many seeds every wait is within its bound, and half of it on average")
    func jitter() {
        let backoff = Backoff()
        for retry in 1...8 {
            let bound = backoff.bound(beforeRetry: retry)
            var total = Duration.zero
            for seed in 0..<2_000 as Range<UInt64> {
                var random = SplitMix64(seed: seed)
                let delay = backoff.delay(beforeRetry: retry, random: .random(in: 0..<1, using: &random))
                #expect(delay >= .zero && delay <= bound)
                total += delay
            }
            // Six standard deviations of the mean of 2000 uniform numbers are 0.04.
            #expect(abs(total / bound / 2_000 - 0.5) < 0.04)
        }
    }

    @Test("a random number out of range is taken as the nearer end, and none at all as the longest wait")
    func brokenGenerator() {
        let backoff = Backoff()
        let delays = [-1, -.infinity, 0, 1, 7, .infinity, .nan].map { backoff.delay(beforeRetry: 1, random: $0) }
        #expect(delays == [0, 0, 0, 50, 50, 50, 50].map { .milliseconds($0) })
    }

    @Test(
        "any base and cap give a wait",
        arguments: [Duration.seconds(Int64.min), .seconds(-1), .zero, .nanoseconds(1), .seconds(Int64.max)],
        [Duration.seconds(Int64.min), .zero, .nanoseconds(1), .seconds(Int64.max)])
    func extremes(base: Duration, cap: Duration) {
        var backoff = Backoff()
        (backoff.base, backoff.cap) = (base, cap)
        for retry in [Int.min, 0, 1, 2, 62, 63, 64, 65, .max] {
            let bound = backoff.bound(beforeRetry: retry)
            #expect(bound >= .zero && bound <= max(cap, .zero) && bound <= Deadline.longest)
            #expect((0.0...1.0).contains(backoff.delay(beforeRetry: retry, random: 1) / max(bound, .nanoseconds(1))))
        }
    }

    @Test("an error's own time comes before the jitter", arguments: [(5, 5_025), (0, 25), (-5, 25), (90, 30_025)])
    func retryAfter(seconds: Int, wait: Int) async {
        let error = PatternError(.rateLimited, "later", retryAfter: .seconds(seconds))
        #expect(await attempts(retry(settings(attempts: 2)), error: { _ in error }) == [0, 1])
        #expect(leaping.sleeps == [.milliseconds(wait)])
    }

    @Test(
        "the longest time that an error may ask for is a setting",
        arguments: [(Duration.seconds(1), Duration.seconds(1)), (.zero, .zero), (.seconds(-1), .zero)])
    func maximumRetryAfter(maximum: Duration, minimum: Duration) {
        var settings = RetrySettings()
        settings.maximumRetryAfter = maximum
        #expect(settings.minimumDelay(.seconds(Int64.max)) == minimum)
        #expect(settings.minimumDelay(nil) == .zero)
    }

    // MARK: Deadline

    @Test(
        "a wait that would reach the deadline is not begun, and the last error is thrown",
        arguments: [(10, 1), (25, 1), (26, 2), (75, 2), (76, 3), (1_000, 3)])
    func deadline(milliseconds: Int, made: Int) async {
        var context = ServiceContext.topLevel
        context.deadline = Deadline(after: .milliseconds(milliseconds), clock: leaping.clock)
        await ServiceContext.withValue(context) {
            #expect(await attempts(retry()) == Array(0..<made))
        }
        #expect(leaping.sleeps.count == made - 1)
    }

    @Test("the state of a call: every attempt with every wait, deadline and limit")
    func states() {
        for maximum in -1...4 {
            for retryAfter in [nil, Duration.zero, .seconds(1), .seconds(60)] {
                for remaining in [nil, Duration.zero, .milliseconds(40), .seconds(2), .seconds(60)] {
                    check(maximum, retryAfter, remaining)
                }
            }
        }
    }

    /// The rules again, in other words.
    private func check(_ maximum: Int, _ retryAfter: Duration?, _ remaining: Duration?) {
        var call = Retry.Call(settings(attempts: maximum))
        for attempt in 0..<6 {
            let asked = retryAfter.map { $0 > .seconds(30) ? .seconds(30) : $0 } ?? .zero
            let wait = asked + .milliseconds(25 << min(attempt, 6))
            let isAllowed = attempt + 2 <= maximum && (remaining.map { wait < $0 } ?? true)
            let action = call.failed(retryAfter: retryAfter, remaining: remaining, random: 0.5)
            #expect(action == (isAllowed ? .wait(wait) : .giveUp))
            #expect(call.attempt == (isAllowed ? attempt + 1 : attempt))
            if !isAllowed { return }
        }
    }

    // MARK: Budget

    @Test("an empty budget throws the last error as it was")
    func emptyBudget() async {
        var none = RetryBudget.Settings()
        (none.ratio, none.minimumPerSecond) = (0, 0)
        let budget = RetryBudget(none, clock: leaping.clock)
        await #expect(throws: Failure(attempt: 0)) {
            try await retry(budget: budget).run { throw Failure(attempt: $0) }
        }
        #expect(leaping.sleeps.isEmpty)
    }

    @Test("a repetition that the deadline forbids costs no token")
    func deadlineIsFree() async {
        let budget = RetryBudget(clock: leaping.clock)
        var context = ServiceContext.topLevel
        context.deadline = Deadline(after: .milliseconds(1), clock: leaping.clock)
        await ServiceContext.withValue(context) { _ = await attempts(retry(budget: budget)) }
        #expect(budget.balance == 10.1)
    }

    @Test("ten thousand failing requests through two retries make a tenth more calls, and the reserve")
    func amplification() async {
        let budget = RetryBudget(clock: leaping.clock)
        let generator = Mutex(SplitMix64(seed: 7))
        let random: @Sendable () -> Double = { generator.withLock { .random(in: 0..<1, using: &$0) } }
        // Without waits the time stands still, so that the reserve is had once.
        var settings = RetrySettings()
        settings.backoff.base = .zero
        let retries = (0..<2).map { _ in retry(settings, budget: budget, random: random) }
        var calls = 0
        for request in 0..<10_000 {
            calls += await attempts(retries[request % 2]).count
        }
        #expect(calls == 10_000 + 1_000 + 10)
    }

    @Test("the same over time: a tenth more, and one a second", arguments: 0..<3)
    func amplificationOverTime(seed: UInt64) async {
        let budget = RetryBudget(clock: leaping.clock)
        let generator = Mutex(SplitMix64(seed: seed))
        let retry = retry(budget: budget) { generator.withLock { .random(in: 0..<1, using: &$0) } }
        var calls = 0
        for _ in 0..<10_000 {
            calls += await attempts(retry).count
            leaping.manual.advance(by: .milliseconds(2))
        }
        let seconds = Double(leaping.clock.monotonic()) / 1e9
        #expect(Double(calls) <= 10_000 * 1.1 + 10 + seconds)
        #expect(calls > 10_500)
    }

    // MARK: Telemetry

    @Test("each repetition is an event of the span and counted, and an empty budget is a refusal")
    func telemetry() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "orders"), exporter: exporter)
        var one = RetryBudget.Settings()
        (one.ratio, one.minimumPerSecond) = (0, 0.2)
        let retry = retry(settings(attempts: 5), budget: RetryBudget(one, clock: leaping.clock), telemetry: telemetry)
        await #expect(throws: Failure(attempt: 2)) {
            try await telemetry.tracer.withSpan("call") { span in
                try await retry.run(span: span) { throw Failure(attempt: $0) }
            }
        }
        await telemetry.flush()

        let events = try #require(exporter.spans.first).events.filter { $0.name == SemanticConventions.retryEvent }
        #expect(events.map { $0.attributes[SemanticConventions.retryAttempt] } == [1, 2])
        #expect(events.map { $0.attributes[SemanticConventions.retryDelay] } == [0.025, 0.05])
        #expect(points(SemanticConventions.retries, exporter).map(\.value) == [.int(2)])
        let refusal = try #require(points(SemanticConventions.patternRefusals, exporter).first)
        #expect(refusal.value == .int(1))
        #expect(refusal.context.attributes[SemanticConventions.patternName] == "stock")
        #expect(refusal.context.attributes[SemanticConventions.patternReason] == "retry_budget")
    }

    private func points(_ name: String, _ exporter: InMemoryExporter) -> [NumberPoint] {
        guard case .sum(let points, _, _) = exporter.metrics.last(where: { $0.name == name })?.data else { return [] }
        return points
    }
}
