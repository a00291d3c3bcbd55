/// The queues of the shop's consumers, and the topics that each hears of: the only place that says so.
///
/// A ``Consumer`` is made for one of these, and ``ShopAudit`` asks each of them for each event of its topics: what a
/// service listens to and what it is checked for are the same.
enum Subscription: String, Hashable, Sendable, CaseIterable {
    case notifications, digest, recommendations
    case orderHistory = "order-history"
    case shippingReturns = "shipping.returns"
    case inventoryReturns = "inventory.returns"
    case paymentsReturns = "payments.returns"
    case ordersReturns = "orders.returns"

    /// The queue's name at the broker, and the consumer's in its inbox; no topic's, as spans name both alike.
    var queue: String { rawValue }

    var topics: [Topic] {
        switch self {
        case .notifications, .digest, .recommendations, .shippingReturns: [.orders]
        case .orderHistory: [.orders, .payments]
        case .inventoryReturns: [.shipping]
        case .paymentsReturns: [.inventory]
        case .ordersReturns: [.payments]
        }
    }

    /// Whose consumer it is, and in whose file its inbox.
    var service: ServiceName {
        switch self {
        case .notifications, .digest: .notifications
        case .recommendations: .recommendations
        case .orderHistory: .orderHistory
        case .shippingReturns: .shipping
        case .inventoryReturns: .inventory
        case .paymentsReturns: .payments
        case .ordersReturns: .orders
        }
    }
}

extension MessageBroker {
    /// Makes a consumer's queue, as ``declare(queue:topics:)`` does.
    func declare(_ subscription: Subscription) async throws {
        try await declare(queue: subscription.queue, topics: subscription.topics.map(\.rawValue))
    }
}
