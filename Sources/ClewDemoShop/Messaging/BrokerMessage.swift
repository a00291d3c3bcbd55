/// A message as it is published and delivered.
struct BrokerMessage: Codable, Hashable, Sendable {
    /// By which consumers know a message that they had before.
    var id: String
    /// What happened, for example `OrderPlaced`.
    var type: String
    /// The version of the payload's form, from 1.
    var schemaVersion: Int
    /// Messages of one key are delivered in their order.
    var key: String
    /// JSON.
    var payload: String
    /// Trace context and correlation id.
    var headers: [String: String]
}
