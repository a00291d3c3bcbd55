import Clew
import ClewPatterns
import Synchronization

/// A service that this process calls: its instances, and what guards the calls of it.
///
/// One for all calls of one process, because breaker, bulkhead and budget judge by all of them.
final class Callee: Sendable {
    /// Twice what the highest load of the demo has in flight, when each call is slowed by half a second.
    private static let permits = 64

    let name: ServiceName
    let balancer: Balancer<HostAndPort>
    let policy: CallPolicy
    let relays: Relays
    private let known = Mutex<[ServiceInstance]>([])

    /// - Parameter relays: The networks to its instances.
    init(_ name: ServiceName, relays: Relays) {
        self.name = name
        self.relays = relays
        balancer = Balancer(name: name.rawValue, endpoints: [])
        policy = CallPolicy(
            retry: Retry(name: name.rawValue, budget: RetryBudget()),
            breaker: CircuitBreaker(name: name.rawValue),
            bulkhead: Bulkhead(name: name.rawValue, permits: Self.permits, queue: Self.permits),
            timeout: name.callTimeout
        )
    }

    var instances: [ServiceInstance] { known.withLock(\.self) }

    /// The addresses of the instances whose version is such.
    func addresses(where isMeant: (_ version: String) -> Bool) -> Set<HostAndPort> {
        Set(instances.filter { isMeant($0.version) }.map(\.address))
    }

    /// Replaces the instances.
    ///
    /// - Returns: Whether they are others than before.
    @discardableResult
    func update(_ instances: [ServiceInstance]) -> Bool {
        let isChanged = known.withLock { known in
            defer { known = instances }
            return known != instances
        }
        guard isChanged else { return false }
        let addresses = instances.map(\.address)
        balancer.update(addresses)
        Task { [relays] in await relays.keep(Set(addresses)) }
        return true
    }
}
