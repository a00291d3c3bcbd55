/// What is wrong in a synthetic incident.
public enum SyntheticFault: String, Hashable, Sendable, Codable, CaseIterable {
    /// The service's own work takes a multiple of its time.
    case cpu
    /// The database of the service answers late.
    case database
    /// What is sent to the service and by it arrives late.
    case network
    /// The service waits for a lock or a connection of its pool.
    case lock
    /// The service refuses requests at once (503), and its callers repeat them.
    case retry
    /// The service asks its database once for each item instead of once for all.
    case nPlusOne = "n_plus_one"
    /// The service makes many calls in parallel instead of one.
    case fanOut = "fan_out"
    /// The service's cache misses, so that its database is asked.
    case cacheMiss = "cache_miss"
    /// One process of the service is slow.
    case hotInstance = "hot_instance"
    /// A new version of the service is slow, and some of its processes run it.
    case badVersion = "bad_version"
    /// The service answers before its work is done, as if it had been.
    case earlyReturn = "early_return"
    /// The service fails, and so do its callers.
    case exception
    /// Everything in the service stands still now and then.
    case pause
    /// New processes of the service are slow until they are warm.
    case coldStart = "cold_start"
    /// Two of these in two services.
    case twoFaults = "two_faults"
    /// Nothing is.
    case noFault = "none"

    /// Those that a window with two faults takes its two from: each shows at its own service only.
    static let combined: [SyntheticFault] = [.cpu, .database, .network, .lock, .nPlusOne, .exception]

    /// The services that can have it, in their order.
    var candidates: [SyntheticService] {
        switch self {
        case .cpu, .badVersion, .exception, .pause: SyntheticService.allCases
        case .database, .lock, .nPlusOne: SyntheticTopology.services(where: \.isQuery)
        case .network, .retry, .coldStart: SyntheticService.allCases.filter { $0 != .gateway && $0 != .notifications }
        case .fanOut: SyntheticTopology.services { !$0.callees.isEmpty }
        case .cacheMiss: SyntheticTopology.services(where: \.isCached)
        case .hotInstance: SyntheticService.allCases.filter { $0.instances > 1 }
        case .earlyReturn: SyntheticTopology.services { $0.isQuery || $0.isExternal || !$0.callees.isEmpty }
        case .twoFaults, .noFault: []
        }
    }
}
