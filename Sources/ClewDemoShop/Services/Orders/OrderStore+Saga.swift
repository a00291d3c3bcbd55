import ClewDurablePatterns
import GRDB

extension OrderStore {
    /// Ends the order as its saga ended, in the transaction that records it.
    func finish(_ outcome: SagaOutcome<CheckoutState>, in db: Database) throws {
        try change(outcome.state.order, in: db) { order in
            let (state, reason) = Self.ending(outcome)
            return try reason.map { try order.end(state, $0) } ?? order.confirm()
        }
    }

    /// The state that an order has after its saga, and, unless it is confirmed, why.
    static func ending(_ outcome: SagaOutcome<CheckoutState>) -> (state: OrdersService.State, reason: String?) {
        let reason = outcome.reason ?? "no reason is known"
        switch outcome.ending {
        case .completed: return (.confirmed, nil)
        case .compensated:
            guard let refusal = OrderRefusal(reason) else { return (.cancelled, reason) }
            return (.refused, refusal.message)
        case .parked: return (.failed, reason)
        }
    }
}
