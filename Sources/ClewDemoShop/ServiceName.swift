/// The services of the shop, and who calls whom.
public enum ServiceName: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case gateway, orders, payments, inventory, shipping, catalog

    /// The services that this one calls, in the order of a checkout.
    public var upstreams: [ServiceName] {
        switch self {
        case .gateway: [.orders, .catalog]
        case .orders: [.catalog, .payments, .inventory, .shipping]
        case .payments, .inventory, .shipping, .catalog: []
        }
    }

    /// Whether the service keeps an SQLite file.
    public var hasDatabase: Bool { self != .gateway }

    /// Where the service listens unless told otherwise, on loopback.
    public var defaultPort: Int {
        switch self {
        case .gateway: 8080
        case .orders: 8081
        case .payments: 8082
        case .inventory: 8083
        case .shipping: 8084
        case .catalog: 8085
        }
    }

    public var description: String { rawValue }
}
