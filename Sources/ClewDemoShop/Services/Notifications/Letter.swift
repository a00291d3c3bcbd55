import GRDB
import Hummingbird

/// What a customer is told about an order.
struct Letter: ResponseCodable, FetchableRecord, Hashable {
    var order: String
    var text: String

    init(order: String, text: String) {
        self.order = order
        self.text = text
    }

    /// The letter about an event; `nil` where there is nothing to tell.
    ///
    /// - Throws: What ``TopicEvent/init(_:)`` throws for one that cannot be read.
    init?(_ message: BrokerMessage) throws {
        if let event = try OrderPlaced(message) {
            self.init(order: event.order, text: "we have your order over \(event.totalCents) cents")
        } else if let event = try OrderConfirmed(message) {
            self.init(order: event.order, text: "your order is on its way")
        } else if let event = try OrderCancelled(message) {
            self.init(order: event.order, text: "we cannot send your order: \(event.reason)")
        } else if let event = try ReturnRequested(message) {
            self.init(order: event.order, text: "we wait for what you send back")
        } else {
            return nil
        }
    }
}
