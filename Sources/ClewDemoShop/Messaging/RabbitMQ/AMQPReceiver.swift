#if RabbitMQ
    import Logging

    /// The state of the link that receives from one queue.
    struct AMQPReceiver: AMQPLinkState {
        /// Somebody who waits for messages.
        struct Request: Sendable {
            var limit: Int
            var end: ContinuousClock.Instant
            var answer: @Sendable (Result<[Delivery], any Error>) -> Void
        }

        /// The turn itself waits.
        static let patience = Duration.zero
        /// How long a job may wait for the thread, which waits for the server.
        private static let look = Duration.milliseconds(20)
        /// Messages that this process may hold: more than a consumer takes at once, so that those of other keys go on
        /// while one rests.
        private static let prefetch: UInt16 = 32

        private let queue: String
        private let topology: AMQPTopology
        private let logger: Logger
        private var table = LeaseTable()
        private var requests: [Request] = []
        /// Tells the deliveries of this session from those of earlier ones, whose tags may be the same.
        private var sessionID = ""

        init(queue: String, topology: AMQPTopology, logger: Logger) {
            self.queue = queue
            self.topology = topology
            self.logger = logger
        }

        mutating func begin(_ session: AMQPSession) throws(ShopError) {
            table = LeaseTable()
            sessionID = String(UInt64.random(in: 0 ... .max), radix: 36)
            try topology.declare(queue, on: session)
            try session.consume(queue, prefetch: Self.prefetch)
        }

        mutating func turn(_ session: AMQPSession) throws(ShopError) {
            let due = table.due(at: .now, mostDeliveries: BrokerStore.mostDeliveries)
            for back in due { try session.giveBack(back.tag, comesAgain: back.comesAgain) }
            answerRequests()
            var wait = Self.look
            while let delivery = try session.nextDelivery(within: wait) {
                wait = .zero
                try add(delivery, session)
            }
            answerRequests()
        }

        mutating func end(_ error: ShopError) {
            for request in requests { request.answer(.failure(error)) }
            requests = []
        }

        mutating func receive(_ request: Request) {
            requests.append(request)
            answerRequests()
        }

        /// Ends the lease of a receipt, if it still is one.
        mutating func acknowledge(_ receipt: String, _ session: AMQPSession) throws(ShopError) {
            guard let tag = tag(receipt), table.end(tag) else { return }
            try session.acknowledge(tag)
        }

        mutating func rest(_ receipt: String, until time: ContinuousClock.Instant) {
            guard let tag = tag(receipt) else { return }
            table.rest(tag, until: time)
        }

        private mutating func add(_ delivery: AMQPDelivery, _ session: AMQPSession) throws(ShopError) {
            guard let message = delivery.message.brokerMessage else {
                logger.error(
                    "a message of the queue cannot be read: it is a dead letter now",
                    metadata: ["queue": "\(queue)", "message": "\(delivery.message.id)"])
                return try session.giveBack(delivery.tag, comesAgain: false)
            }
            table.add(
                LeaseTable.Entry(
                    tag: delivery.tag, topic: delivery.routingKey, attempt: delivery.message.attempt, message: message))
        }

        /// First come, first served.
        private mutating func answerRequests() {
            let now = ContinuousClock.Instant.now
            var waiting: [Request] = []
            for request in requests {
                let entries = table.take(limit: request.limit, until: now + BrokerStore.lease)
                if entries.isEmpty, now < request.end {
                    waiting.append(request)
                } else {
                    request.answer(.success(entries.map(delivery)))
                }
            }
            requests = waiting
        }

        private func delivery(_ entry: LeaseTable.Entry) -> Delivery {
            Delivery(
                message: entry.message, queue: queue, topic: entry.topic, attempt: entry.attempt,
                receipt: "\(sessionID).\(entry.tag)")
        }

        /// `nil` for a delivery of another session: the server has taken it back.
        private func tag(_ receipt: String) -> UInt64? {
            let parts = receipt.split(separator: ".")
            guard parts.count == 2, parts[0] == sessionID else { return nil }
            return UInt64(parts[1])
        }
    }
#endif
