import Clew
import ClewModel
import ClewTesting
import Testing

@testable import ClewPatterns

@Suite("A rate limiter")
struct RateLimiterTests {
    private let clock = ManualClock()

    private func limiter(
        perSecond: Double, burst: Int, maximumKeys: Int = 10, telemetry: Telemetry? = nil
    ) -> RateLimiter {
        RateLimiter(
            name: "gateway", perSecond: perSecond, burst: burst, maximumKeys: maximumKeys, clock: clock.clock,
            telemetry: telemetry)
    }

    private func refusal(_ limiter: RateLimiter, _ key: String = "web") -> PatternError? {
        do {
            try limiter.check(key)
            return nil
        } catch {
            return error as? PatternError
        }
    }

    @Test("lets a burst through, and then says when the next call may come")
    func burst() {
        let limiter = limiter(perSecond: 4, burst: 3)
        for _ in 0..<3 { #expect(refusal(limiter) == nil) }
        let error = refusal(limiter)
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == .milliseconds(250))
        #expect(error?.message.contains("'gateway'") == true)
    }

    @Test("names the first nanosecond at which a call is let through, also where the rate divides no second")
    func exactRetry() {
        let limiter = limiter(perSecond: 3, burst: 1)
        #expect(refusal(limiter) == nil)
        #expect(refusal(limiter)?.retryAfter == .nanoseconds(333_333_334))
        clock.advance(by: .nanoseconds(333_333_333))
        #expect(refusal(limiter)?.retryAfter == .nanoseconds(1))
        clock.advance(by: .nanoseconds(1))
        #expect(refusal(limiter) == nil)
    }

    @Test("gives each key its own tokens")
    func keys() {
        let limiter = limiter(perSecond: 1, burst: 1)
        #expect(refusal(limiter, "web") == nil)
        #expect(refusal(limiter, "mobile") == nil)
        #expect(refusal(limiter, "web") != nil)
    }

    @Test("allows no more than the burst where the rate is none", arguments: [0, -1, .nan, -.infinity] as [Double])
    func noRate(perSecond: Double) {
        let limiter = limiter(perSecond: perSecond, burst: 2)
        for _ in 0..<2 { #expect(refusal(limiter) == nil) }
        clock.advance(by: .seconds(86400))
        let error = refusal(limiter)
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter == nil)
    }

    @Test("survives rates and bursts of any size", arguments: [1e-300, 1e300, .infinity] as [Double])
    func oddRates(perSecond: Double) {
        for burst in [Int.min, 0, 1, Int.max] {
            let limiter = limiter(perSecond: perSecond, burst: burst, maximumKeys: burst)
            #expect(refusal(limiter) == nil)
            clock.advance(by: .seconds(1_000_000))
            #expect(refusal(limiter) == nil)
        }
    }

    @Test("counts its refusals without the keys")
    func metrics() async throws {
        let exporter = InMemoryExporter()
        let telemetry = try Telemetry(.init(service: "gateway"), exporter: exporter)
        let limiter = limiter(perSecond: 1, burst: 1, telemetry: telemetry)
        for key in ["web", "mobile"] {
            for _ in 0..<3 { _ = refusal(limiter, key) }
        }
        await telemetry.shutdown()
        let points = exporter.metric(SemanticConventions.patternRefusals)?.points ?? []
        #expect(points.map(\.value) == [4])
        #expect(points.first?.attributes[SemanticConventions.patternName] == .string("gateway"))
        #expect(points.first?.attributes[SemanticConventions.patternReason] == .string("rate_limited"))
    }

    @Test(
        "agrees with exact arithmetic at random times",
        arguments: [1, 3, 7, 1000, 999_983, 1_000_000_007], [1, 2, 10])
    func exact(perSecond: Int, burst: Int) {
        var random = SplitMix64(seed: UInt64(perSecond * 31 + burst))
        let limiter = limiter(perSecond: Double(perSecond), burst: burst)
        var model = VirtualSchedule(perSecond: perSecond, burst: burst)
        var now: UInt64 = 0
        for step in 0..<2000 {
            // About as fast as tokens come, and now and then a pause.
            let interval = max(2, 2_000_000_000 / UInt64(perSecond))
            let pause = UInt64.random(in: 0...(step % 50 == 0 ? interval * 20 : interval), using: &random)
            clock.advance(by: .nanoseconds(Int64(pause)))
            now += pause
            let expected = model.take(at: now).map { Duration.nanoseconds(Int64($0)) }
            let refusal = refusal(limiter)
            guard refusal?.retryAfter == expected, (refusal == nil) == (expected == nil) else {
                Issue.record("step \(step): \(String(describing: refusal)) instead of \(String(describing: expected))")
                return
            }
        }
    }
}

/// The generic cell rate algorithm, in time: the parts are those of which a token takes 10^9 whatever the rate.
///
/// Source: ITU-T I.371, Annex A, "virtual scheduling algorithm"; it is equivalent to the bucket.
private struct VirtualSchedule {
    private static let token: Int128 = 1_000_000_000
    private let perSecond: Int128
    private let tolerance: Int128
    private var theoreticalArrival: Int128 = 0

    init(perSecond: Int, burst: Int) {
        self.perSecond = Int128(perSecond)
        tolerance = Int128(burst - 1) * Self.token
    }

    /// - Returns: In how many nanoseconds the call may come; `nil` for now.
    mutating func take(at nanoseconds: UInt64) -> UInt64? {
        let now = Int128(nanoseconds) * perSecond
        let missing = theoreticalArrival - tolerance - now
        guard missing <= 0 else { return UInt64((missing + perSecond - 1) / perSecond) }
        theoreticalArrival = max(theoreticalArrival, now) + Self.token
        return nil
    }
}

@Suite("The buckets of many clients")
struct TokenBucketsTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("forget a full one first, also where another was used longer ago")
    func fullFirst() {
        var buckets = TokenBuckets(TokenRate(perSecond: 1, burst: 2), maximum: 3)
        _ = buckets.take("empty", at: 0)
        _ = buckets.take("empty", at: 0)
        _ = buckets.take("half", at: 0)
        _ = buckets.take("other", at: 0)
        _ = buckets.take("new", at: Self.second * 3 / 2)
        #expect(Set(buckets.keys) == ["empty", "other", "new"])
        _ = buckets.take("newer", at: Self.second * 3 / 2)
        #expect(Set(buckets.keys) == ["empty", "new", "newer"])
    }

    @Test("forget the one that was used longest ago where none is full")
    func leastRecent() {
        var buckets = TokenBuckets(TokenRate(perSecond: 1, burst: 2), maximum: 3)
        for key in ["first", "second", "third", "first"] { _ = buckets.take(key, at: 0) }
        _ = buckets.take("new", at: 0)
        #expect(Set(buckets.keys) == ["first", "third", "new"])
    }

    @Test("forget nobody whom a flood of other keys would have to push out before they are full themselves")
    func flood() {
        var buckets = TokenBuckets(TokenRate(perSecond: 1, burst: 100), maximum: 50)
        for _ in 0..<100 { #expect(buckets.take("busy", at: 0) == nil) }
        for step in 1...900 { _ = buckets.take("made up \(step)", at: UInt64(step) * Self.second / 10) }
        #expect(buckets.keys.count == 50)
        #expect(buckets.keys.contains("busy"))
    }

    @Test("agree with a plain model about tokens, and forget only whom they may", arguments: [1, 2, 3] as [UInt64])
    func randomUse(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var model = BucketsModel(perSecond: 5, burst: 3, maximum: 20)
        var now: UInt64 = 0
        for _ in 0..<5000 {
            now += UInt64.random(in: 0...(Self.second / 40), using: &random)
            model.take("client \(Int.random(in: 0..<40, using: &random))", at: now)
        }
        #expect(model.violations.isEmpty, "\(model.violations.prefix(3))")
    }

    @Test("take a clock that goes back, and one at its end")
    func oddTimes() {
        var buckets = TokenBuckets(TokenRate(perSecond: 1, burst: 1), maximum: 2)
        for time in [.max, 0, .max - 1, 5, .max] as [UInt64] { _ = buckets.take("client", at: time) }
        #expect(buckets.take("client", at: .max) == Self.second)
        for index in 0..<10 { _ = buckets.take("client \(index)", at: index % 2 == 0 ? .max : 0) }
        #expect(buckets.keys.count == 2)
    }
}

/// Buckets in a dictionary, beside those that have a bound.
private struct BucketsModel {
    private let rate: TokenRate
    private let maximum: Int
    private let step: UInt64
    private var buckets: TokenBuckets
    private var known: [String: (bucket: TokenBucket, use: Int)] = [:]
    private var uses = 0
    private(set) var violations: [String] = []

    init(perSecond: Double, burst: Int, maximum: Int) {
        rate = TokenRate(perSecond: perSecond, burst: burst)
        self.maximum = maximum
        step = rate.time(of: rate.full) / 64 + 1
        buckets = TokenBuckets(rate, maximum: maximum)
    }

    mutating func take(_ key: String, at now: UInt64) {
        uses += 1
        var bucket = known[key]?.bucket ?? TokenBucket(rate, at: now)
        let expected = bucket.take(rate, at: now)
        if buckets.take(key, at: now) != expected { violations.append("other tokens for \(key) at \(now)") }
        let keys = Set(buckets.keys)
        for (forgotten, _) in known where !keys.contains(forgotten) { checkForgotten(forgotten, at: now) }
        known = known.filter { keys.contains($0.key) }
        known[key] = (bucket, uses)
        if keys != Set(known.keys) || keys.count > maximum { violations.append("other keys at \(now)") }
    }

    private mutating func checkForgotten(_ key: String, at now: UInt64) {
        guard let forgotten = known[key], forgotten.bucket.fullTime(rate) > now else { return }
        if known.values.contains(where: { $0.use < forgotten.use }) {
            violations.append("\(key) was forgotten at \(now), and was not used longest ago")
        }
        if known.values.contains(where: { $0.bucket.fullTime(rate) + step <= now }) {
            violations.append("\(key) was forgotten at \(now) before one that is full")
        }
    }
}
