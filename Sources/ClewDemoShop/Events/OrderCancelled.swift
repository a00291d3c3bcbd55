/// An order will not be fulfilled, and all that was done for it was taken back.
struct OrderCancelled: TopicEvent {
    static let type = "OrderCancelled"
    static let topic = Topic.orders

    var order: String
    var reason: String
    /// `refused` by a service, or `cancelled` for a failure; the latter where it does not say.
    var state: OrdersService.State?
}
