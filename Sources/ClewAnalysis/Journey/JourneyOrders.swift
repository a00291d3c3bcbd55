import ClewModel

/// The orders that spans name, and their states.
struct JourneyOrders {
    /// Beyond, further orders are not listed.
    static let maximum = 100

    private var orders: [String: (first: UnixNanoseconds, state: Seen?)] = [:]
    /// The state of spans that name no order.
    private var unnamed: Seen?

    /// A state, and when it was seen.
    private struct Seen {
        var state: String
        var time: UnixNanoseconds

        init?(_ span: JourneySpan, _ interval: Interval) {
            guard let state = span.orderState else { return nil }
            self.state = state
            time = interval.end
        }

        /// What follows in an order's life wins, since a read model may tell of a state that is over; then the later.
        func isOlder(than other: Seen) -> Bool { (rank, time) <= (other.rank, other.time) }

        private var rank: Int {
            switch state {
            case "pending": 0
            case "refused", "failed", "cancelled", "returned": 2
            default: 1
            }
        }
    }

    mutating func add(_ span: JourneySpan, _ interval: Interval) {
        let seen = Seen(span, interval)
        guard let id = span.orderID else {
            unnamed = Self.newer(unnamed, seen)
            return
        }
        guard orders[id] != nil || orders.count < Self.maximum else { return }
        let known = orders[id] ?? (first: interval.start, state: nil)
        orders[id] = (first: min(known.first, interval.start), state: Self.newer(known.state, seen))
    }

    private static func newer(_ known: Seen?, _ seen: Seen?) -> Seen? {
        guard let known, let seen else { return known ?? seen }
        return known.isOlder(than: seen) ? seen : known
    }

    /// By their first span.
    var list: [Journey.Order] {
        var list = orders.sorted { ($0.value.first, $0.key) < ($1.value.first, $1.key) }
            .map { Journey.Order(id: $0.key, state: $0.value.state?.state) }
        if list.count == 1, list[0].state == nil { list[0].state = unnamed?.state }
        return list
    }
}
