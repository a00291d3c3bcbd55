#if RabbitMQ
    import Synchronization

    /// The exchange and the queues of the shop, as they are declared at a server.
    ///
    /// All is durable. A queue is a quorum queue: it writes to disk before it confirms, counts deliveries in a header that
    /// survives consumers and restarts, and moves dead letters without losing one. It serves one consumer at a time, so
    /// that messages of one key stay in order; the next takes over when that one ends.
    final class AMQPTopology: Sendable {
        static let exchange = "clew-shop"
        /// Ends of connections count as deliveries too, which are no fault of the message: far more than
        /// ``BrokerStore/mostDeliveries``, and still an end to a message that kills its consumers.
        private static let mostReturns: Int64 = 20
        /// The oldest dead letters beyond these are removed, as in the shop's own broker.
        private static let mostDeadLetters: Int64 = 10_000

        private let declared = Mutex<[String: Set<String>]>([:])

        static func deadLetterQueue(of queue: String) -> String { "\(queue).dead" }

        func remember(_ queue: String, topics: [String]) {
            declared.withLock { $0[queue] = Set(topics) }
        }

        /// Declares a queue as it was remembered; one that never was must be there already.
        func declare(_ queue: String, on session: AMQPSession) throws(ShopError) {
            try Self.declareExchange(on: session)
            guard let topics = declared.withLock({ $0[queue] }) else { return }
            let dead = Self.deadLetterQueue(of: queue)
            try session.declareQueue(
                dead,
                [
                    "x-queue-type": .text("quorum"), "x-overflow": .text("drop-head"),
                    "x-max-length": .integer(Self.mostDeadLetters),
                ])
            try session.declareQueue(
                queue,
                [
                    "x-queue-type": .text("quorum"), "x-single-active-consumer": .flag(true),
                    "x-overflow": .text("reject-publish"), "x-max-length": .integer(Int64(BrokerStore.largestQueue)),
                    "x-delivery-limit": .integer(Self.mostReturns),
                    "x-dead-letter-strategy": .text("at-least-once"), "x-dead-letter-exchange": .text(""),
                    "x-dead-letter-routing-key": .text(dead),
                ])
            for topic in topics { try session.bind(queue, to: Self.exchange, topic: topic) }
            // AMQP does not tell which topics a queue has: none of the shop's but these.
            for topic in Topic.allCases where !topics.contains(topic.rawValue) {
                try session.unbind(queue, from: Self.exchange, topic: topic.rawValue)
            }
        }

        static func declareExchange(on session: AMQPSession) throws(ShopError) {
            try session.declareTopicExchange(exchange)
        }
    }
#endif
