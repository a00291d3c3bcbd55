import Hummingbird

extension OrdersService {
    struct Line: Codable, Hashable, Sendable {
        var product: String
        var quantity: Int
    }

    struct NewOrder: Codable, Hashable, Sendable {
        var customer: String
        var lines: [Line]
    }

    struct Order: ResponseCodable, Hashable {
        var id: String
        var customer: String
        var totalCents: Int
        var state: State
        /// Why it was not confirmed.
        var reason: String?
        var lines: [Line]?
    }

    /// How far an order is; as `order.state` on spans.
    enum State: String, Codable, Sendable {
        /// Its saga runs: nothing else may change the order meanwhile (a semantic lock).
        case pending
        case confirmed
        /// A service said no.
        case refused
        /// A service failed, and what the others had done was taken back.
        case cancelled
        /// What was done could not be taken back: a human has to.
        case failed
        /// It was confirmed, came back, and was paid back.
        case returned
    }
}

extension OrdersService.Order {
    /// An order that was just placed.
    init(_ placement: OrderAggregate.Placement) {
        self.init(
            id: placement.id,
            customer: placement.customer,
            totalCents: placement.totalCents,
            state: .pending,
            lines: placement.lines
        )
    }
}
