import Clew
import GRDB

/// A row of an outbox that a relay has claimed.
struct OutboxRelayRow: FetchableRecord, Hashable, Sendable {
    /// What a row keeps its place among.
    struct Aggregate: Hashable, Sendable {
        var type: String
        var id: String
    }

    var sequence: Int64
    var message: OutboxMessage
    /// Of the change that the message tells of.
    var context: StoredContext
    var createdAt: Int64
    /// Which claim this is. Whoever has a lower number lost the row.
    var attempt: Int

    init(row: Row) throws {
        sequence = try row.stored("sequence")
        message = OutboxMessage(
            id: try row.stored("id"),
            aggregateType: try row.stored("aggregatetype"),
            aggregateID: try row.stored("aggregateid"),
            type: try row.stored("type"),
            schemaVersion: try row.stored("schemaversion"),
            payload: try row.stored("payload"))
        context = StoredContext(rawValue: try row.stored("tracingspancontext"))
        createdAt = try row.stored("createdat")
        attempt = try row.stored("attempts")
    }

    var aggregate: Aggregate { Aggregate(type: message.aggregateType, id: message.aggregateID) }
}
