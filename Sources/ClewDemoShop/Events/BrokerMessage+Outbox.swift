import ClewDurablePatterns

extension BrokerMessage {
    /// A row of an outbox as it goes to the broker.
    init(_ message: OutboxMessage, headers: [String: String]) {
        self.init(
            id: message.id,
            type: message.type,
            schemaVersion: message.schemaVersion,
            key: message.aggregateID,
            payload: message.payload,
            headers: headers
        )
    }
}
