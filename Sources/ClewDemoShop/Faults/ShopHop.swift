/// A place in the shop where a fault can be put, named as the analysis names hops.
public enum ShopHop: Hashable, Sendable {
    /// A service's own work: `orders`.
    case work(ServiceName)
    /// A service's database: `inventory.db`.
    case database(ServiceName)
    /// The network between a caller and its callee: `orders->inventory`.
    case network(from: ServiceName, to: ServiceName)

    /// Every hop of the shop, services first, then databases, then networks.
    public static let all: [ShopHop] =
        ServiceName.allCases.map(ShopHop.work)
        + ServiceName.allCases.filter(\.hasDatabase).map(ShopHop.database)
        + ServiceName.allCases.flatMap { caller in
            caller.upstreams.map { ShopHop.network(from: caller, to: $0) }
        }

    /// The hops that each checkout passes: all but the gateway's own call for the product list.
    public static let checkoutPath: [ShopHop] = all.filter { $0 != .network(from: .gateway, to: .catalog) }

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
