import ClewDurablePatterns
import ClewModel

/// An order as the sum of its events.
struct OrderAggregate: EventSourced, Hashable {
    struct Placement: Codable, Hashable, Sendable {
        var id: String
        var customer: String
        var lines: [OrdersService.Line]
        var totalCents: Int
        var placedAt: UnixNanoseconds
    }

    enum Event: Codable, Hashable, Sendable {
        case placed(Placement)
        case confirmed
        /// The saga ended otherwise: refused, cancelled or failed.
        case ended(state: OrdersService.State, reason: String)
        case returnRequested
        case returned
    }

    static let streamType = "order"
    static let snapshotSchema = 1

    /// `nil` before the first event.
    private(set) var placement: Placement?
    private(set) var state = OrdersService.State.pending
    private(set) var reason: String?
    private(set) var isReturnRequested = false

    init() {}

    mutating func apply(_ event: Event) {
        switch event {
        case .placed(let placement): self.placement = placement
        case .confirmed: state = .confirmed
        case .ended(let state, let reason):
            self.state = state
            self.reason = reason
        case .returnRequested: isReturnRequested = true
        case .returned: state = .returned
        }
    }

    /// What callers are shown; `nil` where there is no such order.
    var order: OrdersService.Order? {
        guard let placement else { return nil }
        var order = OrdersService.Order(placement)
        order.state = state
        order.reason = reason
        return order
    }
}
