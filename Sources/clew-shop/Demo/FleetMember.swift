import ClewDemoShop

/// One process of a shop: which instance of which service, and in which version.
struct FleetMember: Hashable, Sendable {
    /// Two instances of what all others wait for, and of payments the canary.
    static let all: [FleetMember] = [.registry, .broker] + others

    static let registry = FleetMember(.registry)
    static let broker = FleetMember(.broker)
    /// Those that find each other through registry and broker, in any order.
    static let others: [FleetMember] =
        ServiceName.allCases.filter { !$0.isInfrastructure }.map { FleetMember($0) }
        + [.orders, .catalog, .inventory].map { FleetMember($0, instance: 2) }
        + [FleetMember(.payments, instance: 2, version: "2.0.0")]

    let service: ServiceName
    let instance: Int
    let version: String

    init(_ service: ServiceName, instance: Int = 1, version: String = ServeOptions.standardVersion) {
        self.service = service
        self.instance = instance
        self.version = version
    }

    /// `orders-2`; the first instance has the service's name.
    var name: String { instance == 1 ? "\(service)" : "\(service)-\(instance)" }

    var arguments: [String] {
        ["serve", service.rawValue, "--instance", "\(instance)", "--app-version", version]
    }
}
