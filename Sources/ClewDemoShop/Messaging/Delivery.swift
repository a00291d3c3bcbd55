/// One delivery of a message from a queue.
struct Delivery: Codable, Hashable, Sendable {
    var message: BrokerMessage
    var queue: String
    /// Where it was published.
    var topic: String
    /// Which delivery of the message from this queue it is, from 1.
    var attempt: Int
    /// Names the lease: valid until another delivery.
    var receipt: String
}
