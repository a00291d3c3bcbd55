import Clew

/// The networks between this process and the instances of one callee: a relay for each, made when it is first called.
actor Relays {
    private let fault: @Sendable () -> Fault.Effect?
    private var relays: [HostAndPort: Task<Relay, any Error>] = [:]

    init(from caller: ServiceName, to callee: ServiceName, faults: FaultBoard) {
        let hop = ShopHop.network(from: caller, to: callee)
        fault = { faults.draw(hop) ?? hop.standingFault }
    }

    /// The loopback port of the relay to an instance.
    func port(before instance: HostAndPort) async throws -> Int {
        if let known = relays[instance] { return try await known.value.port }
        let making = Task { [fault] in
            try await Relay.listen(to: instance.host, port: instance.port, fault: fault)
        }
        relays[instance] = making
        do {
            return try await making.value.port
        } catch {
            relays[instance] = nil
            throw error
        }
    }

    /// Closes the relays to all other instances; connections that are open stay until their ends close.
    func keep(_ instances: Set<HostAndPort>) async {
        let gone = relays.filter { !instances.contains($0.key) }
        for instance in gone.keys { relays[instance] = nil }
        for relay in gone.values { try? await relay.value.close() }
    }
}

extension ShopHop {
    /// The tax service is far away: what its hop costs is more than what it does.
    fileprivate var standingFault: Fault.Effect? {
        self == .network(from: .orders, to: .tax) ? .delay(.milliseconds(10)) : nil
    }
}
