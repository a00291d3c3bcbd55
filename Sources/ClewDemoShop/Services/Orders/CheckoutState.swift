/// What the saga `checkout` knows of its order; kept after each step.
struct CheckoutState: Codable, Hashable, Sendable {
    var order: String
    var customer: String
    var lines: [OrdersService.Line]
    var totalCents: Int
    /// How many were set aside, once they are.
    var items: Int?

    init(_ placement: OrderAggregate.Placement) {
        order = placement.id
        customer = placement.customer
        lines = placement.lines
        totalCents = placement.totalCents
    }
}
