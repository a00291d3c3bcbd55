/// An order is paid for, its stock is set aside and a carrier is booked.
struct OrderConfirmed: TopicEvent {
    static let type = "OrderConfirmed"
    static let topic = Topic.orders

    var order: String
}
