/// What others are told of an order's events.
enum OrderAnnouncement {
    /// The event on the topic `orders` that makes an event of an order known; `nil` for those that are nobody else's.
    ///
    /// - Parameter version: In which version placements are written, 1 or 2.
    static func of(_ event: OrderAggregate.Event, order: String, version: Int) -> (any TopicEvent)? {
        switch event {
        case .placed(let placement):
            OrderPlaced(
                order: order,
                customer: placement.customer,
                totalCents: placement.totalCents,
                lines: version > 1 ? placement.lines : nil,
                placedAt: version > 1 ? placement.placedAt : nil
            )
        case .confirmed: OrderConfirmed(order: order)
        case .ended(.refused, let reason): OrderCancelled(order: order, reason: reason, state: .refused)
        case .ended(.cancelled, let reason): OrderCancelled(order: order, reason: reason, state: .cancelled)
        case .returnRequested: ReturnRequested(order: order)
        case .ended, .returned: nil
        }
    }
}
