/// One request of a load: when it is due and what it asks.
public struct PlannedRequest: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case checkout(OrdersService.NewOrder)
        case products
        /// The numbers stand for orders placed some requests ago; the driver reduces them to those that it knows.
        case order(UInt64)
        case details(UInt64)
        case giveBack(UInt64)
        case webHome(customer: String)
        case mobileHome
        case history(customer: String)
    }

    /// Since the start of the load.
    var due: Duration
    var kind: Kind
}
