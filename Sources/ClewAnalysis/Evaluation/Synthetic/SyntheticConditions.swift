import ClewModel

/// What holds in one window of an incident: its faults, and what is unusual there without being one.
struct SyntheticConditions: Sendable {
    var window: Range<UnixNanoseconds>
    var injections: [SyntheticInjection] = []
    /// What own work takes, as a factor by service: never the same in two windows.
    var drift: [SyntheticService: Double] = [:]
    /// What own work takes under the window's load, as a factor.
    var load = 1.0
    /// Nanoseconds by which each host's clock is off.
    var clockOffsets: [Int64] = []
    /// The share of spans that are lost on their way.
    var lostShare = 0.0

    /// The fault of this kind that a service has at a time.
    func injection(
        _ fault: SyntheticFault, of service: SyntheticService, at time: UnixNanoseconds
    ) -> SyntheticInjection? {
        injections.first { $0.fault == fault && $0.service == service && $0.time.contains(time) }
    }

    /// How much longer than usual own work takes in a process, as a factor.
    func slowness(of instance: SyntheticInstance, at time: UnixNanoseconds) -> Double {
        var factor = (drift[instance.service] ?? 1) * load
        for injection in injections where injection.service == instance.service && injection.time.contains(time) {
            switch injection.fault {
            case .cpu: factor *= injection.between(2, 6)
            case .hotInstance where instance.number == SyntheticInstance.hotNumber: factor *= injection.between(4, 12)
            case .badVersion where instance.isNextVersion: factor *= injection.between(2.5, 7)
            case .coldStart where instance.since != nil:
                factor *= 1 + injection.between(8, 25) * instance.coldness
            default: break
            }
        }
        return factor
    }

    /// When what a service began at `start` and would have done by `end` is done.
    func end(_ service: SyntheticService, from start: UnixNanoseconds, to end: UnixNanoseconds) -> UnixNanoseconds {
        injections.first { $0.fault == .pause && $0.service == service }?.delayed(start, end) ?? end
    }

    func clockOffset(of host: Int) -> Int64 {
        clockOffsets.indices.contains(host) ? clockOffsets[host] : 0
    }
}
