#if RabbitMQ
    /// Asks a server what the shop's queues hold, by passive declarations, which change nothing (AMQP 0-9-1, queue
    /// class).
    ///
    /// Blocks its thread.
    struct AMQPQueues {
        private static let name = "shop looks"

        private let address: AMQPAddress
        private var session: AMQPSession

        /// - Returns: Nothing of the queues that are not there.
        static func counts(at address: AMQPAddress) -> Result<[Subscription: QueueCounts], ShopError> {
            do {
                var queues = try AMQPQueues(at: address)
                return .success(try queues.counts())
            } catch {
                return .failure(error)
            }
        }

        private init(at address: AMQPAddress) throws(ShopError) {
            self.address = address
            session = try AMQPSession(to: address, name: Self.name)
        }

        private mutating func counts() throws(ShopError) -> [Subscription: QueueCounts] {
            var counts: [Subscription: QueueCounts] = [:]
            for subscription in Subscription.allCases {
                guard let waiting = try messageCount(of: subscription.queue) else { continue }
                let dead = try messageCount(of: AMQPTopology.deadLetterQueue(of: subscription.queue))
                counts[subscription] = QueueCounts(waiting: waiting, deadLetters: dead ?? 0)
            }
            return counts
        }

        private mutating func messageCount(of queue: String) throws(ShopError) -> Int? {
            // The question before was for a queue that is not there.
            if session.failure != nil { session = try AMQPSession(to: address, name: Self.name) }
            return try session.messageCount(of: queue)
        }
    }
#endif
