import ClewModel

/// The processes of all services in one window.
struct SyntheticFleet: Sendable {
    static let hosts = 6

    /// By service, those that were always there first, then in the order in which they began.
    private var instances: [SyntheticService: [SyntheticInstance]] = [:]

    init(_ injections: [SyntheticInjection] = []) {
        for service in SyntheticService.allCases {
            instances[service] = (1...service.instances).map { SyntheticInstance(service, number: $0) }
        }
        for injection in injections { add(injection) }
    }

    private mutating func add(_ injection: SyntheticInjection) {
        let (service, start) = (injection.service, injection.time.lowerBound)
        let first = (instances[service]?.count ?? 0) + 1
        switch injection.fault {
        case .badVersion:
            // A quarter to a half of all processes run the new version.
            for number in first..<(first + max(1, service.instances / 2)) {
                instances[service, default: []].append(
                    SyntheticInstance(service, number: number, isNextVersion: true, since: start))
            }
        case .coldStart:
            let length = injection.time.upperBound - start
            for number in 0..<3 {
                instances[service, default: []].append(
                    SyntheticInstance(
                        service, number: first + number, since: start + length / 4 * UInt64(number)))
            }
        default: break
        }
    }

    /// The process that a request comes to, any with equal chance.
    mutating func take(
        _ service: SyntheticService, at time: UnixNanoseconds, using random: inout SyntheticRandom
    ) -> SyntheticInstance {
        let running = (instances[service] ?? []).prefix { $0.since ?? 0 <= time }.count
        guard running > 0 else { return SyntheticInstance(service, number: 1) }
        let place = random.number(0...(running - 1))
        let instance = instances[service]?[place]
        instances[service]?[place].served += 1
        return instance ?? SyntheticInstance(service, number: 1)
    }
}
