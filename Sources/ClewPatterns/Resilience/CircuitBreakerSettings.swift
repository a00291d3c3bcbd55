/// When a ``CircuitBreaker`` opens, for how long, and what closes it again.
///
/// No value is refused: each property says what becomes of one out of its range. Durations below 1 ms count as 1 ms, and
/// those above 292 years as 292 years.
///
/// Window, ratio and open duration have the defaults of Hystrix ("Configuration": `metrics.rollingStats`,
/// `errorThresholdPercentage`, `sleepWindowInMilliseconds`).
public struct CircuitBreakerSettings: Hashable, Sendable {
    /// How far back calls count; default 10 s.
    ///
    /// It moves in ten steps, so that a call is forgotten after nine to ten tenths of it.
    public var window: Duration = .seconds(10)
    /// How many calls of the window must have ended before their failures say anything; default 10, at least 1.
    ///
    /// A dependency that gets fewer calls in a window never opens its breaker: lower this, or lengthen the window.
    public var minimumCalls = 10
    /// The share of failures, from 0 to 1, that opens the breaker; default 0.5.
    ///
    /// At 0 or less one failure does, above 1 counts as 1, and what is not a number as 0.5.
    public var failureRatio = 0.5
    /// How long the breaker stays open the first time; default 5 s.
    public var openDuration: Duration = .seconds(5)
    /// What ``openDuration``, which doubles with each failed probe, ends at; default 60 s, at least ``openDuration``.
    public var maximumOpenDuration: Duration = .seconds(60)
    /// How many calls at once a half-open breaker lets through, and how many must succeed to close it; default 3, at
    /// least 1.
    public var probes = 3

    public init() {}
}

extension CircuitBreakerSettings {
    /// The settings as the state machine reads them: each in its range, times in nanoseconds.
    struct Limits: Hashable, Sendable {
        var bucket: UInt64
        var minimumCalls: Int
        var failureRatio: Double
        var openDuration: UInt64
        var maximumOpenDuration: UInt64
        var probes: Int
    }

    /// Of Hystrix: `metrics.rollingStats.numBuckets`.
    static let bucketCount = 10

    var limits: Limits {
        let openDuration = openDuration.settingNanoseconds
        return Limits(
            bucket: window.settingNanoseconds / UInt64(Self.bucketCount),
            minimumCalls: max(1, minimumCalls),
            failureRatio: failureRatio.settingShare,
            openDuration: openDuration,
            maximumOpenDuration: max(openDuration, maximumOpenDuration.settingNanoseconds),
            probes: max(1, probes)
        )
    }
}
