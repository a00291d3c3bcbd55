/// One request of a load: when it is due and what it asks.
public struct PlannedRequest: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case checkout(OrdersService.NewOrder)
        case products
        /// The order that was placed some requests ago; a number that the driver reduces to the orders it knows.
        case order(UInt64)
    }

    /// Since the start of the load.
    var due: Duration
    var kind: Kind
}
