#if RabbitMQ
    /// A message in AMQP's terms.
    struct AMQPMessage: Sendable {
        /// A value of a table: of a message's headers, or of what a queue is declared with.
        enum Value: Hashable, Sendable {
            case text(String)
            case integer(Int64)
            case flag(Bool)
        }

        /// AMQP counts the bytes of a name in one byte.
        static let longestName = 255
        /// All headers must fit into one frame of 128 KiB, as librabbitmq proposes it to the server.
        private static let largestHeaders = 64 << 10
        /// Far more than the shop writes.
        private static let largestBody = 4 << 20

        private static let ownPrefix = "x-clew-"
        private static let key = ownPrefix + "key"
        private static let schemaVersion = ownPrefix + "schema-version"
        private static let topic = ownPrefix + "topic"
        private static let attempts = ownPrefix + "attempts"
        private static let reason = ownPrefix + "reason"
        /// How often the server took the message back, as quorum queues count it.
        private static let deliveryCount = "x-delivery-count"

        var id: String
        var type: String
        var headers: [String: Value]
        var body: String

        init(id: String, type: String, headers: [String: Value], body: String) {
            self.id = id
            self.type = type
            self.headers = headers
            self.body = body
        }

        /// - Throws: ``ShopError/Code/brokerFailed`` for what AMQP cannot carry.
        init(_ message: BrokerMessage) throws(ShopError) {
            self.init(
                id: message.id, type: message.type, headers: message.headers.mapValues { .text($0) },
                body: message.payload)
            headers[Self.key] = .text(message.key)
            headers[Self.schemaVersion] = .integer(Int64(message.schemaVersion))
            try check()
        }

        /// The message of a delivery as a dead letter, which tells what became of it.
        init(deadLetter delivery: Delivery, reason: String) throws(ShopError) {
            try self.init(delivery.message)
            headers[Self.topic] = .text(delivery.topic)
            headers[Self.attempts] = .integer(Int64(delivery.attempt))
            headers[Self.reason] = .text(reason)
        }

        /// `nil` for a message that this shop did not write.
        var brokerMessage: BrokerMessage? {
            guard !id.isEmpty, !type.isEmpty, case .text(let key)? = headers[Self.key],
                case .integer(let number)? = headers[Self.schemaVersion], let version = Int(exactly: number)
            else { return nil }
            var texts: [String: String] = [:]
            for case (let name, .text(let text)) in headers where !name.hasPrefix(Self.ownPrefix) { texts[name] = text }
            return BrokerMessage(
                id: id, type: type, schemaVersion: version, key: key, payload: body, headers: texts)
        }

        /// Which delivery it is, from 1.
        var attempt: Int {
            guard case .integer(let count)? = headers[Self.deliveryCount] else { return 1 }
            return Int(clamping: min(max(0, count), .max - 1)) + 1
        }

        private func check() throws(ShopError) {
            for name in [id, type] + headers.keys where !(1...Self.longestName).contains(name.utf8.count) {
                throw ShopError(
                    .brokerFailed, "'\(name.prefix(20))' is no id, type or header of a message: it has 1 to 255 bytes")
            }
            let size = headers.reduce(0) { sum, header in
                guard case .text(let text) = header.value else { return sum + header.key.utf8.count }
                return sum + header.key.utf8.count + text.utf8.count
            }
            guard size <= Self.largestHeaders, body.utf8.count <= Self.largestBody else {
                throw ShopError(.brokerFailed, "the message '\(id)' is too large: 64 KiB of headers, 4 MiB of payload")
            }
        }
    }
#endif
