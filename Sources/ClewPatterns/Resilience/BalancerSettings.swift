/// When a ``Balancer`` leaves an endpoint out, for how long, and how many at once.
///
/// No value is refused: each property says what becomes of one out of its range. Durations below 1 ms count as 1 ms, and
/// those above 292 years as 292 years.
///
/// The rules are those of Envoy ("Outlier detection", "Panic threshold"); where a default differs, the property says so.
public struct BalancerSettings: Hashable, Sendable {
    /// How many calls of an endpoint must fail one after another to eject it; default 5, at least 1.
    ///
    /// Envoy: `consecutive_5xx`.
    public var consecutiveFailures = 5
    /// How long an endpoint is ejected the first time; default 10 s.
    ///
    /// The second time in a row it is twice as long, the third three times. Envoy: `base_ejection_time`, 30 s there.
    public var ejectionTime: Duration = .seconds(10)
    /// What ``ejectionTime``, which grows with each ejection in a row, ends at; default 300 s, at least ``ejectionTime``.
    ///
    /// Envoy: `max_ejection_time`.
    public var maximumEjectionTime: Duration = .seconds(300)
    /// The largest share of the endpoints, from 0 to 1, that is ejected at once, in whole endpoints; default 0.5.
    ///
    /// Of a single endpoint none is, below a share of 1. Below 0 counts as 0, which ejects none, above 1 as 1, and what is
    /// not a number as 0.5. Envoy: `max_ejection_percent`, 10 % there; the services of one program have few instances.
    public var maximumEjected = 0.5
    /// The share of endpoints, from 0 to 1, that must not be ejected, as otherwise all are used; default 0.5.
    ///
    /// Few endpoints would break down under the load of all. It matters only where ``maximumEjected`` is above the rest.
    /// At 0 all are used only where all are ejected. Below 0 counts as 0, above 1 as 1, and what is not a number as 0.5.
    /// Envoy: `healthy_panic_threshold`.
    public var panicShare = 0.5
    /// How many endpoints are used; default 1000, at least 1. The first ones: those beyond are left out.
    public var maximumEndpoints = 1000

    public init() {}
}

extension BalancerSettings {
    /// The settings as the state machine reads them: each in its range, times in nanoseconds.
    struct Limits: Hashable, Sendable {
        var consecutiveFailures: Int
        var ejectionTime: UInt64
        var maximumEjectionTime: UInt64
        var maximumEjected: Double
        var panicShare: Double
        var endpoints: Int

        /// How many of so many endpoints may be ejected.
        func ejectable(of count: Int) -> Int {
            // 0.29 · 100 is a little less than 29.
            min(count, Int(Double(count) * maximumEjected + 1e-9))
        }

        /// How long the given ejection in a row lasts; 1 is the first.
        func time(ofEjection number: UInt64) -> UInt64 {
            let (time, overflow) = ejectionTime.multipliedReportingOverflow(by: number)
            return overflow ? maximumEjectionTime : min(time, maximumEjectionTime)
        }
    }

    var limits: Limits {
        let ejectionTime = ejectionTime.settingNanoseconds
        return Limits(
            consecutiveFailures: max(1, consecutiveFailures),
            ejectionTime: ejectionTime,
            maximumEjectionTime: max(ejectionTime, maximumEjectionTime.settingNanoseconds),
            maximumEjected: maximumEjected.settingShare,
            panicShare: panicShare.settingShare,
            endpoints: max(1, maximumEndpoints)
        )
    }
}
