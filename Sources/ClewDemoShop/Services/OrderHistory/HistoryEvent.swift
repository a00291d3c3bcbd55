import ClewModel

/// An event of an order's life that the history shows, and its place in that life.
struct HistoryEvent: Hashable, Sendable {
    enum Change: Hashable, Sendable {
        case placed(OrderPlaced)
        /// Only an order in the first state gets into the second: money given back for another reason is no return.
        case moved(from: OrdersService.State, to: OrdersService.State, reason: String? = nil)
    }

    var order: String
    /// An order is placed (1), confirmed or cancelled (2), and paid back (3).
    var position: Int64
    var change: Change

    /// The state that the order gets into.
    var state: OrdersService.State {
        switch change {
        case .placed: .pending
        case .moved(_, let state, _): state
        }
    }

    /// When it happened, where the event says so.
    var time: UnixNanoseconds? {
        guard case .placed(let event) = change else { return nil }
        return event.placedAt
    }
}

extension HistoryEvent {
    /// Reads a message; `nil` where the history does not care for it.
    ///
    /// - Throws: What ``TopicEvent/init(_:)`` throws for one that cannot be read.
    init?(_ message: BrokerMessage) throws {
        if let event = try OrderPlaced(message) {
            self.init(order: event.order, position: 1, change: .placed(event))
        } else if let event = try OrderConfirmed(message) {
            self.init(order: event.order, position: 2, change: .moved(from: .pending, to: .confirmed))
        } else if let event = try OrderCancelled(message) {
            let change = Change.moved(from: .pending, to: event.state ?? .cancelled, reason: event.reason)
            self.init(order: event.order, position: 2, change: change)
        } else if let event = try PaymentRefunded(message) {
            self.init(order: event.order, position: 3, change: .moved(from: .confirmed, to: .returned))
        } else {
            return nil
        }
    }
}
