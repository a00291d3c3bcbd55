import Hummingbird

/// An order with the names of what was bought: composed of the answers of two services that know nothing of each other.
struct OrderDetails: ResponseCodable, Hashable {
    struct Line: Codable, Hashable, Sendable {
        var product: String
        var quantity: Int
        /// Absent where the catalog does not answer, or sells it no more.
        var name: String?
    }

    var order: OrdersService.Order
    var lines: [Line]
    /// The services whose part is absent.
    var missing: [ServiceName]

    /// - Parameter products: `nil` where the catalog does not answer.
    init(_ order: OrdersService.Order, products: [CatalogService.Product]?) {
        let names = Dictionary((products ?? []).map { ($0.id, $0.name) }) { first, _ in first }
        lines = (order.lines ?? []).map { Line(product: $0.product, quantity: $0.quantity, name: names[$0.product]) }
        missing = products == nil ? [.catalog] : []
        self.order = order
        self.order.lines = nil
    }
}
