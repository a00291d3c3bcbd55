extension ShopAudit {
    typealias Problem = Report.Problem

    /// Charges against orders and shipments.
    static func money(_ records: ShopRecords) -> [Problem] {
        let underWay = records.ordersUnderWay
        var problems: [Problem] = []
        for (order, charges) in Dictionary(grouping: records.charges, by: \.order) {
            if charges.count > 1 { problems.append(Problem(.chargedTwice, "order \(order), \(charges.count) times")) }
            let total = records.orders[order]?.placement?.totalCents
            for charge in charges where total != nil && charge.amountCents != total {
                problems.append(Problem(.wrongAmount, "order \(order), \(charge.amountCents) cents"))
            }
            let isPaid = charges.contains { !$0.isRefunded }
            // What came back is paid back by the saga `return`, which is looked at as a whole.
            let shipment = records.shipments[order]
            if isPaid, shipment != "booked", shipment != "returned", !underWay.contains(order) {
                problems.append(Problem(.chargedForNothing, "order \(order) is neither shipped nor paid back"))
            }
        }
        let paid = Set(records.charges.lazy.filter { !$0.isRefunded }.map(\.order))
        for (order, state) in records.shipments where state == "booked" {
            guard !paid.contains(order), !underWay.contains(order) else { continue }
            problems.append(Problem(.shippedUnpaid, "order \(order)"))
        }
        return problems
    }

    static func stock(_ records: ShopRecords) -> [Problem] {
        // A file may hold any number.
        let sums = records.stock.filter { $0.initial &- $0.available != $0.reserved }.map { stock in
            Problem(
                .wrongStock,
                "\(stock.product): of \(stock.initial) there are \(stock.available), and orders have \(stock.reserved)")
        }
        let underWay = records.ordersUnderWay
        let held = records.holders.filter { order, state in
            guard state == "reserved", !underWay.contains(order) else { return false }
            let ending = records.orders[order]?.state
            return ending != .confirmed && ending != .returned
        }
        return sums + held.keys.map { Problem(.wrongStock, "order \($0) has stock and was not confirmed") }
    }

    static func sagas(_ records: ShopRecords) -> [Problem] {
        let left = records.sagas.filter { !$0.hasEnded }.map { Problem(.unfinishedSaga, $0.description) }
        let underWay = records.ordersUnderWay
        let pending = records.orders.filter { $1.state == .pending && !underWay.contains($0) }
        let returning = records.orders.filter { $1.isReturnRequested && $1.state != .returned && records.isQuiet }
        return left + pending.keys.map { Problem(.unfinishedSaga, "order \($0) is pending, and nothing ends it") }
            + returning.keys.map { Problem(.unfinishedSaga, "\(OrderReturns.id(of: $0)): nothing is on its way") }
    }

    static func outboxes(_ records: ShopRecords) -> [Problem] {
        records.pending.filter { $0.value > 0 }
            .map { Problem(.unpublishedEvent, "\($0.value) in the outbox of \($0.key)") }
    }

    /// What each queue with nothing left to do must have brought to its consumer's inbox.
    static func events(_ records: ShopRecords) -> [Problem] {
        // An outbox that is not empty may have the one that is missed.
        guard let queues = records.queues, records.pending.values.allSatisfy({ $0 == 0 }) else { return [] }
        return queues.filter { $0.value.depth == 0 }.flatMap { name, queue in
            let told = queue.topics.reduce(into: Set<String>()) { $0.formUnion(records.told[$1] ?? []) }
            let lost = told.subtracting(records.heard[name] ?? [])
            return lost.map { Problem(.lostEvent, "\($0) \(fate(of: $0, in: queue, named: name))") }
        }
    }

    private static func fate(of id: String, in queue: ShopRecords.Queue, named name: String) -> String {
        if queue.dead.contains(id) { return "was given up by '\(name)'" }
        guard queue.deadLetters > 0 else { return "never came to '\(name)'" }
        return "never came to '\(name)', unless it is among those that were given up (\(queue.deadLetters))"
    }
}

extension ShopRecords {
    /// Orders whose checkout has not ended, or waits for a human: anything may still be true of them.
    var ordersUnderWay: Set<String> {
        let ids = Set(sagas.filter { !$0.hasEnded || $0.phase == "parked" }.map(\.id))
        return Set(orders.keys.filter { ids.contains(Checkout.id(of: $0)) })
    }
}
