import ClewDurablePatterns
import Foundation

/// A fact about an order that a service tells the others.
///
/// Readers are tolerant: they pass over types and fields that they do not know, and read every version that is still
/// being written. Source: M. Fowler, "TolerantReader" (martinfowler.com, 2011).
protocol TopicEvent: Codable, Hashable, Sendable {
    /// The name in messages, which outlives the name of the Swift type.
    static var type: String { get }
    static var topic: Topic { get }
    /// The versions of the payload that can be read; default only 1.
    static var versions: ClosedRange<Int> { get }

    /// The version that this value is written in; default 1.
    var schemaVersion: Int { get }
    /// Which order it is about: the key that keeps events of one order in order.
    var order: String { get }
}

extension TopicEvent {
    static var versions: ClosedRange<Int> { 1...1 }
    var schemaVersion: Int { 1 }

    /// Reads a message; `nil` where it is of another type.
    ///
    /// - Throws: ``ShopError/Code/refusedMessage`` for a version that is unknown and for a payload that cannot be read:
    ///   neither gets better by another delivery.
    init?(_ message: BrokerMessage) throws {
        guard message.type == Self.type else { return nil }
        guard Self.versions.contains(message.schemaVersion) else {
            throw ShopError(
                .refusedMessage,
                "version \(message.schemaVersion) of \(Self.type) is unknown; "
                    + "\(Self.versions.lowerBound) to \(Self.versions.upperBound) can be read"
            )
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(message.payload.utf8))
        } catch {
            throw ShopError(.refusedMessage, "the payload of '\(message.id)' cannot be read", cause: error)
        }
    }

    /// The id of the message that tells it. An order has each event once, so that one told twice is known again.
    static func messageID(of order: String) -> String { "\(order)/\(type)" }

    var messageID: String { Self.messageID(of: order) }
    var topic: Topic { Self.topic }

    /// The row of an outbox that makes it known.
    func outboxMessage() throws -> OutboxMessage {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return OutboxMessage(
            id: messageID,
            aggregateType: topic.rawValue,
            aggregateID: order,
            type: Self.type,
            schemaVersion: schemaVersion,
            payload: String(decoding: try encoder.encode(self), as: UTF8.self)
        )
    }
}
