/// A place in the shop where a fault can be put, named as the analysis names hops.
public enum ShopHop: Hashable, Sendable {
    /// A service's own work: `orders`.
    case work(ServiceName)
    /// A service's database: `inventory.db`.
    case database(ServiceName)
    /// The network between a caller and its callee: `orders->inventory`.
    case network(from: ServiceName, to: ServiceName)

    /// Every hop of the shop, services first, then databases, then networks.
    public static let all: [ShopHop] = hops(
        services: ServiceName.allCases.filter { !$0.isInfrastructure },
        networks: ServiceName.allCases.flatMap { caller in caller.upstreams.map { (caller, $0) } }
    )

    /// The hops that each checkout passes.
    public static let checkoutPath: [ShopHop] = hops(
        services: [.gateway] + checkoutCallees,
        networks: [(.gateway, .orders)] + checkoutCallees.dropFirst().map { (.orders, $0) }
    )

    /// The services behind the gateway that a checkout waits for, in its order.
    private static let checkoutCallees: [ServiceName] = [.orders, .catalog, .payments, .inventory, .shipping]

    private static func hops(
        services: [ServiceName], networks: [(caller: ServiceName, callee: ServiceName)]
    ) -> [ShopHop] {
        services.map(ShopHop.work) + services.filter(\.hasDatabase).map(ShopHop.database)
            + networks.map { ShopHop.network(from: $0.caller, to: $0.callee) }
    }

    /// The hop with this name.
    ///
    /// - Throws: ``ShopError/Code/unknownHop`` with the names of all hops.
    public init(name: some StringProtocol) throws(ShopError) {
        guard let hop = Self.all.first(where: { $0.name == name }) else {
            let valid = Self.all.map(\.name).joined(separator: ", ")
            throw ShopError(.unknownHop, "no hop is named '\(name)'; the hops are \(valid)")
        }
        self = hop
    }

    /// The name that the analysis gives this hop.
    public var name: String {
        switch self {
        case .work(let service): "\(service)"
        case .database(let service): "\(service).db"
        case .network(let caller, let callee): "\(caller)->\(callee)"
        }
    }
}

extension ShopHop: CustomStringConvertible {
    public var description: String { name }
}
