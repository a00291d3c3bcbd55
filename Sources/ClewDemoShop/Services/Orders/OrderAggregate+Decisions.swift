import Hummingbird

/// What may happen to an order next: each decision gives the events that follow from it, none where it was made before.
extension OrderAggregate {
    /// The saga completed.
    ///
    /// - Throws: 409 where the order has ended otherwise.
    func confirm() throws -> [Event] {
        switch state {
        case .pending: [.confirmed]
        case .confirmed: []
        case .refused, .cancelled, .failed, .returned: throw conflict("confirmed")
        }
    }

    /// The saga was compensated, or waits for a human.
    ///
    /// An order that failed may still be refused or cancelled: once a human made its compensation possible.
    ///
    /// - Parameter ending: Refused, cancelled or failed.
    /// - Throws: 409 where the order has ended otherwise.
    func end(_ ending: OrdersService.State, _ reason: String) throws -> [Event] {
        switch state {
        case .pending, .failed: state == ending ? [] : [.ended(state: ending, reason: reason)]
        case ending: []
        case .confirmed, .refused, .cancelled, .returned: throw conflict("\(ending)")
        }
    }

    /// The customer sends it back; asking twice is asking once.
    ///
    /// - Throws: 409 where the order was not confirmed.
    func requestReturn() throws -> [Event] {
        switch state {
        case .confirmed: isReturnRequested ? [] : [.returnRequested]
        case .returned: []
        case .pending, .refused, .cancelled, .failed: throw conflict("sent back; only a confirmed one can be")
        }
    }

    /// The customer was paid back. Money that nobody asked to have back changes nothing.
    func completeReturn() -> [Event] {
        state == .confirmed && isReturnRequested ? [.returned] : []
    }

    private func conflict(_ change: String) -> HTTPError {
        HTTPError(.conflict, message: "order '\(placement?.id ?? "")' is \(state) and cannot be \(change)")
    }
}
