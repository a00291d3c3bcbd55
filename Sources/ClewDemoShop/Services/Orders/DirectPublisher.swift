import Clew
import ClewDurablePatterns
import ClewModel
import Tracing

/// Publishes in the request itself, as no service should: for the switch `dual-write`.
///
/// A crash between the change and the publication loses the event for good.
struct DirectPublisher: Sendable {
    let broker: any MessageBroker
    let system: String

    func publish(_ event: some TopicEvent) async throws {
        let row = try event.outboxMessage()
        let none: [String: String] = [:]
        try await withProducerSpan(
            to: row.aggregateType, system: system, messageID: row.id, headers: none, using: .dictionary
        ) { headers, span in
            span.attributes[SemanticConventions.messageType] = row.type
            span.attributes[SemanticConventions.messageSchemaVersion] = row.schemaVersion
            try await broker.publish(BrokerMessage(row, headers: headers), to: row.aggregateType)
        }
    }
}
