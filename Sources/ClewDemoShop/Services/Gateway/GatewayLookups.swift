/// Questions about orders: passed on, or composed of what two services answer at once.
struct GatewayLookups: Sendable {
    /// A look-up has more time than a page, whose part the history is elsewhere.
    private static let historyTime = Duration.seconds(3)

    private let orders: Upstream
    private let catalog: Upstream
    private let orderHistory: Upstream
    private let switches: Switches

    init(in environment: ServiceEnvironment) throws {
        orders = try environment.upstream(.orders)
        catalog = try environment.upstream(.catalog)
        orderHistory = try environment.upstream(.orderHistory).attempting(within: Self.historyTime)
        switches = environment.switches
    }

    func order(_ id: ShopID) async throws -> OrdersService.Order {
        try await orders.get("/orders/\(id)", as: OrdersService.Order.self)
    }

    /// Without names where the catalog fails: an order without them is better than none.
    func details(of id: ShopID) async throws -> OrderDetails {
        async let order = self.order(id)
        async let products = optional("catalog", switches) {
            try await catalog.get("/products", as: [CatalogService.Product].self)
        }
        return OrderDetails(try await order, products: try await products)
    }

    /// Answered by the read model: orders themselves are never searched.
    func history(of customer: ShopID) async throws -> [OrderHistoryService.Entry] {
        try await orderHistory.get("/customers/\(customer)/orders", as: [OrderHistoryService.Entry].self)
    }
}
