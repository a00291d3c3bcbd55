public import Clew
import ClewModel
import Synchronization

/// Keeps repetitions a small share of all calls, so that they cannot multiply the load on what already fails.
///
/// Each first attempt pays in a fraction of a token, each repetition takes a whole one, and a small reserve lets a quiet
/// client repeat too. What is paid in and taken is forgotten after a while: a good hour does not pay for a storm. Within
/// any ``Settings/timeToLive`` there are at most `ratio` · first attempts + `minimumPerSecond` · `timeToLive` repetitions,
/// the first attempts counted for up to a tenth longer.
///
/// One budget for one dependency, shared by every ``Retry`` that calls it. Not for calls of which each must be repeated
/// whatever the load, such as the relay of an outbox: those wait longer instead.
///
/// Sources: Finagle, `RetryBudget` (names, defaults of the time, limits); Beyer et al., "Site Reliability Engineering"
/// (2016), chapter 21, "Handling Overload" (per-client retry budget of 10 %).
public final class RetryBudget: Sendable {
    public struct Settings: Hashable, Sendable {
        /// Repetitions for each first attempt; default 0.1. Below 0 and NaN are 0, above 1000 is 1000, as in Finagle.
        public var ratio = 0.1
        /// Repetitions per second that need no first attempts; default 1. Below 0 and NaN are 0, above a million a million.
        public var minimumPerSecond = 1.0
        /// How long what is paid in and taken counts; default 10 s. Held to 1 s to 60 s, as in Finagle.
        public var timeToLive = Duration.seconds(10)

        public init() {}
    }

    private let window: Mutex<Window>
    private let clock: TelemetryClock

    public init(_ settings: Settings = Settings(), clock: TelemetryClock = .system) {
        window = Mutex(Window(settings))
        self.clock = clock
    }

    /// How many repetitions are possible now; below 1, none. Negative while what was paid in is forgotten, and what was
    /// taken is not.
    public var balance: Double {
        let now = clock.monotonic()
        return Double(window.withLock { $0.balance(now) }) / Double(Window.token)
    }

    /// Pays in for a first attempt. ``Retry`` does so itself.
    public func deposit() {
        let now = clock.monotonic()
        window.withLock { $0.deposit(now) }
    }

    /// Takes a token for a repetition. ``Retry`` does so itself.
    ///
    /// - Returns: Whether there was one; else do not repeat.
    public func withdraw() -> Bool {
        let now = clock.monotonic()
        return window.withLock { $0.withdraw(now) }
    }
}

extension RetryBudget {
    /// The tokens of the last while, in slices of it; a moment is given in nanoseconds of a monotonic clock.
    struct Window {
        /// Tokens are counted in millionths, so that ten tenths are one.
        static let token: Int64 = 1_000_000
        /// Ten whole slices and the current one: what is taken counts for at least the whole time.
        static let sliceCount = 11

        private let share: Int64
        private let reserve: Int64
        private let width: UInt64
        private var slices = [Int64](repeating: 0, count: Window.sliceCount)
        private var sum: Int64 = 0
        private var current: UInt64 = 0

        init(_ settings: Settings) {
            let lifetime = min(max(settings.timeToLive, .seconds(1)), .seconds(60))
            share = Self.tokens(settings.ratio, atMost: 1000)
            reserve = Self.tokens(
                Self.bounded(settings.minimumPerSecond, 1_000_000) * (lifetime / .seconds(1)), atMost: 60_000_000)
            width = UInt64(clamping: lifetime.nanoseconds) / 10
        }

        mutating func balance(_ now: UInt64) -> Int64 {
            forget(now)
            return reserve + sum
        }

        mutating func deposit(_ now: UInt64) {
            forget(now)
            // More tokens than could be taken in centuries are not counted.
            guard sum < .max / 4 else { return }
            add(share)
        }

        mutating func withdraw(_ now: UInt64) -> Bool {
            guard balance(now) >= Self.token else { return false }
            add(-Self.token)
            return true
        }

        private mutating func add(_ amount: Int64) {
            slices[Int(current % UInt64(Self.sliceCount))] += amount
            sum += amount
        }

        /// Empties the slices that lie too far back. Threads read the clock before the lock, so a moment may come late: it
        /// counts as the newest.
        private mutating func forget(_ now: UInt64) {
            let slice = now / width
            guard slice > current else { return }
            let passed = min(slice - current, UInt64(Self.sliceCount))
            for index in 0..<passed {
                let place = Int((slice - index) % UInt64(Self.sliceCount))
                sum -= slices[place]
                slices[place] = 0
            }
            current = slice
        }

        private static func tokens(_ number: Double, atMost limit: Double) -> Int64 {
            Int64((bounded(number, limit) * Double(token)).rounded())
        }

        private static func bounded(_ number: Double, _ limit: Double) -> Double {
            number > 0 ? min(number, limit) : 0
        }
    }
}
