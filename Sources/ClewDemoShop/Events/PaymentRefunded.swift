/// The customer has the money for a returned order back.
struct PaymentRefunded: TopicEvent {
    static let type = "PaymentRefunded"
    static let topic = Topic.payments

    var order: String
    var amountCents: Int
}
