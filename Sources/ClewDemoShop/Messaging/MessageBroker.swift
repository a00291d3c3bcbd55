/// Topics and durable queues, at least once: every message that was published is delivered until it is acknowledged.
protocol MessageBroker: Sendable {
    /// Makes a queue that gets every message published to its topics from now on; declared again, it is as it was, with
    /// these topics.
    func declare(queue: String, topics: [String]) async throws

    /// Publishes a message; it is durable when this returns. The same id published again is another message.
    func publish(_ message: BrokerMessage, to topic: String) async throws

    /// Takes messages out of a queue, each leased for 15 s: one that is neither acknowledged nor rejected by then is
    /// delivered again. Messages of one key come in their order, one after the other.
    ///
    /// - Parameters:
    ///   - limit: How many at most; at least 1 and at most 100.
    ///   - wait: How long to wait for the first; at most 20 s.
    /// - Returns: None when the time passed.
    func receive(_ queue: String, limit: Int, wait: Duration) async throws -> [Delivery]

    /// Ends deliveries that were handled; a lease that ran out in between is ignored, and its message comes again.
    func acknowledge(_ deliveries: [Delivery]) async throws

    /// Gives a message back for another delivery after a while; after its fifth delivery it is a dead letter.
    func reject(_ delivery: Delivery, after: Duration) async throws

    /// Makes a message that no delivery can help a dead letter at once.
    ///
    /// - Parameter reason: What is wrong with it, for people who read dead letters.
    func deadLetter(_ delivery: Delivery, reason: String) async throws
}
