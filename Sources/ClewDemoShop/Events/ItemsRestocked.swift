/// What came back is on the shelf again.
struct ItemsRestocked: TopicEvent {
    static let type = "ItemsRestocked"
    static let topic = Topic.inventory

    var order: String
    var items: Int
}
