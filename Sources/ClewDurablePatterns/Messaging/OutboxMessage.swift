import FoundationEssentials

/// A message that a business change is told with, once that is committed.
public struct OutboxMessage: Hashable, Sendable {
    /// The id by which consumers know a message that comes twice.
    public var id: String
    /// What kind of thing changed, for example `orders`: the topic, or queue, that the message goes to.
    public var aggregateType: String
    /// Which one changed: messages of one aggregate are published in the order in which they were appended.
    public var aggregateID: String
    /// What happened, for example `OrderPlaced`.
    public var type: String
    /// The version of the payload's form, from 1.
    public var schemaVersion: Int
    /// JSON.
    public var payload: String

    /// - Parameters:
    ///   - id: A new one unless given.
    ///   - schemaVersion: Default 1.
    public init(
        id: String = OutboxMessage.newID(), aggregateType: String, aggregateID: String, type: String,
        schemaVersion: Int = 1, payload: String
    ) {
        self.id = id
        self.aggregateType = aggregateType
        self.aggregateID = aggregateID
        self.type = type
        self.schemaVersion = schemaVersion
        self.payload = payload
    }

    /// A random UUID in lower case.
    public static func newID() -> String { UUID().uuidString.lowercased() }
}
