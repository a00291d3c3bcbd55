/// The carrier brought an order back.
struct ReturnReceived: TopicEvent {
    static let type = "ReturnReceived"
    static let topic = Topic.shipping

    var order: String
}
