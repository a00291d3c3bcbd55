/// The customer sends a confirmed order back; begins the saga `return`.
struct ReturnRequested: TopicEvent {
    static let type = "ReturnRequested"
    static let topic = Topic.orders

    var order: String
}
