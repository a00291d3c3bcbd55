/// The instances with a lease that has not run out; it has no clock: moments are nanoseconds of a monotonic one.
struct RegistryTable: Sendable {
    private struct Entry: Sendable {
        var instance: ServiceInstance
        var end: UInt64
    }

    /// More registrations than this, the processes of many shops, are refused.
    static let mostInstances = 1000

    private let lease: UInt64
    private let start: UInt64
    private var entries: [String: Entry] = [:]

    /// - Parameter lease: Nanoseconds for which an instance is believed to be there.
    init(lease: UInt64, at now: UInt64) {
        self.lease = lease
        start = now
    }

    /// Adds an instance under a new lease; an earlier one of the same id or address is gone.
    ///
    /// - Returns: Whether there was room.
    mutating func register(_ instance: ServiceInstance, lease name: String, at now: UInt64) -> Bool {
        expire(now)
        entries = entries.filter { entry in
            let known = entry.value.instance
            return known.id != instance.id && known.address != instance.address
        }
        guard entries.count < Self.mostInstances else { return false }
        entries[name] = Entry(instance: instance, end: end(now))
        return true
    }

    /// - Returns: Whether there is such a lease; who has none registers again.
    mutating func renew(_ name: String, at now: UInt64) -> Bool {
        expire(now)
        guard entries[name] != nil else { return false }
        let end = end(now)
        entries[name]?.end = end
        return true
    }

    mutating func release(_ name: String) {
        entries[name] = nil
    }

    /// The instances, in an order that stays.
    mutating func instances(at now: UInt64) -> [ServiceInstance] {
        expire(now)
        return entries.values.map(\.instance).sorted {
            ($0.service.rawValue, $0.instance) < ($1.service.rawValue, $1.instance)
        }
    }

    /// Whether those that ran when the registry began have renewed, found no lease, and registered.
    func isComplete(at now: UInt64) -> Bool { now &- start >= lease }

    private mutating func expire(_ now: UInt64) {
        entries = entries.filter { $0.value.end > now }
    }

    private func end(_ now: UInt64) -> UInt64 { now &+ lease }
}
