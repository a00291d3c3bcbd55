/// The services of the synthetic shop: those of the demo shop that sell, with pricing and carts of their own.
enum SyntheticService: String, Hashable, Sendable, CaseIterable {
    case gateway
    case webBFF = "web-bff"
    case orders, payments, inventory, shipping, catalog, pricing, cart, recommendations
    case orderHistory = "order-history"
    case notifications

    /// Processes while nothing is wrong.
    var instances: Int {
        switch self {
        case .catalog: 4
        case .orders: 3
        default: 1
        }
    }

    /// Its number among the services.
    var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    var version: String { "1.\(ordinal).0" }
    /// What a roll-out brings.
    var nextVersion: String { "2.0.0" }
}
