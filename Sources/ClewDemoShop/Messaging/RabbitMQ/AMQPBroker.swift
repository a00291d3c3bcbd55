#if RabbitMQ
    import Foundation
    import Logging
    import Synchronization

    /// RabbitMQ as the shop's broker, over AMQP 0-9-1.
    ///
    /// One connection publishes, and one for each queue receives; each is made when it is first needed, and made again
    /// when it is lost. What was received is then delivered again, to this process or another.
    final class AMQPBroker: MessageBroker {
        /// What `messaging.system` says of it (OpenTelemetry semantic conventions).
        static let system = "rabbitmq"

        private let address: AMQPAddress
        private let name: String
        private let logger: Logger
        private let topology = AMQPTopology()
        private let publisher: AMQPLink<AMQPPublisher>
        private let receivers = Mutex<[String: AMQPLink<AMQPReceiver>]>([:])

        /// - Parameter name: Which process it is, for example `orders-1`, as the server's tools show it.
        init(_ address: AMQPAddress, name: String, logger: Logger) {
            self.address = address
            self.name = name
            self.logger = logger
            publisher = AMQPLink(to: address, name: "\(name) publishes", logger: logger) { AMQPPublisher() }
        }

        func declare(queue: String, topics: [String]) async throws {
            try Self.check(names: [queue] + topics)
            topology.remember(queue, topics: topics)
            try await publisher.perform { [topology] _, session in try topology.declare(queue, on: session) }
        }

        func publish(_ message: BrokerMessage, to topic: String) async throws {
            try Self.check(names: [topic])
            let message = try AMQPMessage(message)
            try await publisher.perform { _, session in
                try session.publish(message, to: AMQPTopology.exchange, routingKey: topic)
            }
        }

        func receive(_ queue: String, limit: Int, wait: Duration) async throws -> [Delivery] {
            let limit = min(max(1, limit), BrokerStore.mostReceived)
            let wait = min(max(.zero, wait), BrokerStore.longestWait)
            let receiver = receiver(queue)
            return try await withCheckedThrowingContinuation { continuation in
                receiver.submit(
                    run: { state, _ in
                        let end = ContinuousClock.Instant.now + wait
                        state.receive(
                            AMQPReceiver.Request(limit: limit, end: end) { continuation.resume(with: $0) })
                    },
                    fail: { continuation.resume(throwing: $0) })
            }
        }

        func acknowledge(_ deliveries: [Delivery]) async throws {
            for (queue, group) in Dictionary(grouping: deliveries, by: \.queue) {
                let receipts = group.map(\.receipt)
                try await receiver(queue).perform { state, session in
                    for receipt in receipts { try state.acknowledge(receipt, session) }
                }
            }
        }

        /// Its key waits as long, within this process, which holds the message until then.
        func reject(_ delivery: Delivery, after delay: Duration) async throws {
            guard delivery.attempt < BrokerStore.mostDeliveries else {
                return try await deadLetter(delivery, reason: "it was rejected \(delivery.attempt) times")
            }
            let time = ContinuousClock.Instant.now + min(max(.zero, delay), Self.longestRest)
            try await receiver(delivery.queue).perform { state, _ in state.rest(delivery.receipt, until: time) }
        }

        /// Publishes it again, as what it is, and only then acknowledges it.
        func deadLetter(_ delivery: Delivery, reason: String) async throws {
            let message = try AMQPMessage(deadLetter: delivery, reason: String(reason.prefix(1000)))
            let queue = AMQPTopology.deadLetterQueue(of: delivery.queue)
            // The default exchange has every queue under its own name (AMQP 0-9-1, 3.1.3.1).
            try await publisher.perform { _, session in try session.publish(message, to: "", routingKey: queue) }
            try await acknowledge([delivery])
        }

        /// Half the time after which RabbitMQ ends the channel of a consumer that acknowledges nothing.
        private static let longestRest = Duration.seconds(900)

        private static func check(names: [String]) throws(ShopError) {
            // Of what AMQP allows, some is left for the name of the queue of dead letters.
            for name in names where !(1...AMQPMessage.longestName - 5).contains(name.utf8.count) {
                throw ShopError(
                    .brokerFailed, "'\(name.prefix(20))' is no name of a queue or topic: it has 1 to 250 bytes")
            }
        }

        private func receiver(_ queue: String) -> AMQPLink<AMQPReceiver> {
            receivers.withLock { receivers in
                if let link = receivers[queue] { return link }
                let link = AMQPLink(to: address, name: "\(name) receives \(queue)", logger: logger) {
                    [topology, logger] in AMQPReceiver(queue: queue, topology: topology, logger: logger)
                }
                receivers[queue] = link
                return link
            }
        }
    }
#endif
