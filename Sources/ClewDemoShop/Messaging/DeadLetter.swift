import Hummingbird

/// A message that was not handled, and is not delivered again.
struct DeadLetter: ResponseCodable, Hashable, Sendable {
    var message: BrokerMessage
    var queue: String
    var topic: String
    /// How often it was delivered.
    var attempts: Int
    /// What the consumer said, or that it never did.
    var reason: String
}
