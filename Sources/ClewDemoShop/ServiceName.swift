/// The services of the shop, and who calls whom.
public enum ServiceName: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
    case gateway
    case webBFF = "web-bff"
    case mobileBFF = "mobile-bff"
    case orders, payments, inventory, shipping, catalog, recommendations, notifications
    case orderHistory = "order-history"
    case registry, tax, broker

    /// The services that this one calls and waits for, in the order of a checkout; the last ones of `orders`, `inventory`
    /// and `shipping` only where a switch says so.
    public var upstreams: [ServiceName] {
        switch self {
        case .gateway: [.orders, .catalog, .webBFF, .mobileBFF, .orderHistory]
        case .webBFF: [.catalog, .recommendations, .orderHistory]
        case .mobileBFF: [.catalog, .recommendations]
        case .orders: [.catalog, .payments, .inventory, .shipping, .tax]
        case .inventory: [.orders, .shipping]
        case .shipping, .recommendations: [.catalog]
        case .payments, .catalog, .notifications, .orderHistory, .registry, .tax, .broker: []
        }
    }

    /// Whether it carries the shop instead of selling: the registry and the broker.
    public var isInfrastructure: Bool { self == .registry || self == .broker }

    /// Whether the service keeps an SQLite file of the business.
    public var hasDatabase: Bool {
        switch self {
        case .orders, .payments, .inventory, .shipping, .catalog, .recommendations, .notifications, .orderHistory: true
        case .gateway, .webBFF, .mobileBFF, .registry, .tax, .broker: false
        }
    }

    /// How long one call of it may take: a callee that waits for others gets more than they do. What asks for less time as a
    /// whole, as pages do, has to end the call before its own time is over, or no breaker would hear of it.
    var callTimeout: Duration {
        switch self {
        case .orders: .seconds(8)
        case .webBFF, .mobileBFF: .milliseconds(2500)
        case .orderHistory: .milliseconds(1500)
        default: .seconds(3)
        }
    }

    /// Where the service listens unless told otherwise, on loopback.
    public var defaultPort: Int {
        switch self {
        case .gateway: 8080
        case .orders: 8081
        case .payments: 8082
        case .inventory: 8083
        case .shipping: 8084
        case .catalog: 8085
        case .webBFF: 8086
        case .mobileBFF: 8087
        case .recommendations: 8088
        case .notifications: 8089
        case .orderHistory: 8090
        case .tax: 8091
        case .registry: 8092
        case .broker: 8093
        }
    }

    public var description: String { rawValue }
}
