import Clew
import ClewHTTPClient

/// All services that this process calls.
final class Callees: Sendable {
    private let owner: ServiceName
    private let callees: [ServiceName: Callee]
    private let exchange: UpstreamExchange
    private let switches: Switches

    /// - Parameters:
    ///   - seeds: Instances that are known before the registry answers, or without one.
    init(
        of owner: ServiceName, client: TracedHTTPClient, faults: FaultBoard, switches: Switches = Switches(),
        seeds: [UpstreamAddress] = []
    ) {
        self.owner = owner
        self.switches = switches
        exchange = UpstreamExchange(client: client, switches: switches)
        var callees: [ServiceName: Callee] = [:]
        for name in owner.upstreams {
            let callee = Callee(name, relays: Relays(from: owner, to: name, faults: faults))
            let instances = seeds.filter { $0.name == name }.enumerated().map { index, seed in
                ServiceInstance(
                    service: name, instance: index + 1, version: ServeOptions.standardVersion, host: seed.host,
                    port: seed.port)
            }
            callee.update(instances)
            callees[name] = callee
        }
        self.callees = callees
    }

    /// Those of which no instance is known.
    var missing: [ServiceName] { owner.upstreams.filter { callees[$0]?.instances.isEmpty ?? true } }

    /// The known instances of all callees.
    var instances: [ServiceInstance] { owner.upstreams.flatMap { callees[$0]?.instances ?? [] } }

    func upstream(_ name: ServiceName) throws(ShopError) -> Upstream {
        guard let callee = callees[name] else {
            throw ShopError(.missingUpstream, "\(owner) calls \(name), which is none of its upstreams")
        }
        return Upstream(
            callee: name, policy: callee.policy, target: callee, exchange: exchange, switches: switches)
    }

    /// Takes over what the registry knows.
    ///
    /// - Parameter isComplete: Whether what it does not know is not there; else it only adds.
    /// - Returns: The callees whose instances are others now.
    func update(_ found: [ServiceInstance], isComplete: Bool) -> [ServiceName] {
        owner.upstreams.filter { name in
            guard let callee = callees[name] else { return false }
            let found = found.filter { $0.service == name }
            let ids = Set(found.map(\.id))
            let kept = isComplete ? [] : callee.instances.filter { !ids.contains($0.id) }
            return callee.update((kept + found).sorted { ($0.instance, $0.port) < ($1.instance, $1.port) })
        }
    }

    func close() async {
        for callee in callees.values { await callee.relays.keep([]) }
    }
}
