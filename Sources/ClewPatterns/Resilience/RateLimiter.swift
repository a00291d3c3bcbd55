public import Clew
import ClewModel
import CoreMetrics
import Synchronization

/// Limits how often each client may call, with a bucket of tokens for each: short bursts pass, a steady rate does not.
///
/// ```swift
/// let limiter = RateLimiter(name: "gateway", perSecond: 50, burst: 100)
/// try limiter.check(clientID)
/// ```
///
/// It never waits: a refusal says when another attempt makes sense, which is a `429` with `Retry-After` of an HTTP service.
///
/// Memory is bounded by the number of keys. Beyond it a client whose bucket is full is forgotten first, since a full bucket
/// says nothing; where none is full, the one that called longest ago is, and begins anew with a full bucket. So choose a
/// bound above the number of clients that call within `burst / perSecond` seconds. Keys are kept as they come: cut or hash
/// those that a client makes up.
///
/// *When not to use it*: to keep a service from being overloaded, since the sum of what all clients may is no limit that a
/// service can bear (a ``LoadShedder``, or a ``Bulkhead``, looks at what runs); and where a limit must hold over several
/// instances, each of which has its own buckets.
///
/// Telemetry: the counter `clew.pattern.refusals`. The key is no attribute of it: there are too many.
///
/// Source: J. Turner, "New Directions in Communications (or Which Way to the Information Age?)", IEEE Communications
/// Magazine 24(10), 1986; the status and the header: RFC 6585 §4.
public final class RateLimiter: Sendable {
    /// What it guards.
    public let name: String
    private let clock: TelemetryClock
    private let buckets: Mutex<TokenBuckets>
    private let refusals: MetricHandles<String, Counter>

    /// - Parameters:
    ///   - name: What it guards; one of few, as it is an attribute of metrics.
    ///   - perSecond: How many calls a second each key may make in the long run, in steps of a millionth. At 0, less, or
    ///     what is not a number, no key gets more than its burst.
    ///   - burst: How many calls a key that has been quiet may make at once; at least 1.
    ///   - maximumKeys: How many keys are remembered; default 10,000, at least 1.
    ///   - clock: The time; only the monotonic one is read.
    ///   - telemetry: Where the metrics go; by default to the global system.
    public init(
        name: String, perSecond: Double, burst: Int, maximumKeys: Int = 10_000, clock: TelemetryClock = .system,
        telemetry: Telemetry? = nil
    ) {
        self.name = name
        self.clock = clock
        buckets = Mutex(TokenBuckets(TokenRate(perSecond: perSecond, burst: burst), maximum: maximumKeys))
        refusals = MetricHandles(InstrumentationBackend(telemetry)) { name, factory in
            Counter(
                label: SemanticConventions.patternRefusals,
                dimensions: [
                    (SemanticConventions.patternName, name),
                    (SemanticConventions.patternReason, PatternError.Code.rateLimited.description),
                ],
                factory: factory)
        }
    }

    /// Takes a token of a client.
    ///
    /// - Parameter key: Whose token, for example an API key or an address.
    /// - Throws: ``PatternError`` with ``PatternError/Code/rateLimited`` where there is none, and the exact time, rounded up
    ///   to a nanosecond, until there is; without a time where none will come.
    public func check(_ key: String) throws {
        let now = clock.monotonic()
        guard let wait = buckets.withLock({ $0.take(key, at: now) }) else { return }
        refusals[name].increment()
        throw refusal(wait)
    }

    /// - Parameter wait: Nanoseconds; `UInt64.max` for ever.
    private func refusal(_ wait: UInt64) -> PatternError {
        let never = wait == .max
        let advice = never ? "it allows no more calls" : "try again in \(DurationText.format(wait))"
        return PatternError(
            .rateLimited, "the rate limiter '\(name)' has no token left for this client: \(advice)",
            retryAfter: never ? nil : .nanoseconds(Int64(clamping: wait)))
    }
}
