import ClewModel

/// An order was taken and priced; whether it can be fulfilled is not known yet.
///
/// Version 2 added the lines and the time. Expand, then contract: both are written while old readers are about, and a
/// reader of version 2 does without what version 1 lacks.
struct OrderPlaced: TopicEvent {
    static let type = "OrderPlaced"
    static let topic = Topic.orders
    static let versions = 1...2

    var order: String
    var customer: String
    var totalCents: Int
    /// Since version 2.
    var lines: [OrdersService.Line]?
    /// Since version 2.
    var placedAt: UnixNanoseconds?

    var schemaVersion: Int { lines == nil ? 1 : 2 }
}
