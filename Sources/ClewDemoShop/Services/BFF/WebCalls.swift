/// What the web's home page asks of other services, and how that goes wrong while a switch is on.
struct WebCalls: Sendable {
    typealias Call = @Sendable () async throws -> WebHome.Part

    /// `huge-fanout`: products asked for at once, and the letters of each brochure.
    private static let brochures = 60
    private static let brochureLength = 4096
    /// One in so many pages has brochures: seldom, and yet some in the fifteen pages of a load of 15 s.
    private static let brochureInterval = 6

    private let switches: Switches
    private let catalog: Upstream
    private let recommender: Recommender
    private let history: Upstream
    private let showsBrochures = EveryNth(Self.brochureInterval)

    init(in environment: ServiceEnvironment) throws {
        switches = environment.switches
        catalog = try environment.upstream(.catalog)
        recommender = try Recommender(in: environment)
        history = try environment.upstream(.orderHistory)
    }

    /// - Parameter customer: Whose page it is; `nil` for a stranger, who has no orders.
    func all(for customer: ShopID?) -> [Call] {
        var calls: [Call] = [{ .products(try await products()) }, { try await recommendations() }]
        if let customer { calls.append { try await orders(of: customer) } }
        if switches.isOn(.hugeFanout), showsBrochures.isNext() { calls.append { .brochures(try await brochures()) } }
        return calls
    }

    /// Products that a page asks for one by one under `n-plus-one`.
    private static let askedSingly = 12

    private func products() async throws -> [CatalogService.Product] {
        let products = try await catalog.get("/products", as: [CatalogService.Product].self)
        guard switches.isOn(.nPlusOne) else { return products }
        var asked: [CatalogService.Product] = []
        for product in products.prefix(Self.askedSingly) {
            asked.append(try await catalog.get("/products/\(product.id)", as: CatalogService.Product.self))
        }
        return asked + products.dropFirst(Self.askedSingly)
    }

    private func recommendations() async throws -> WebHome.Part {
        try await recommender.answer().map(WebHome.Part.recommendations) ?? .missing(.recommendations)
    }

    private func orders(of customer: ShopID) async throws -> WebHome.Part {
        let orders = try await optional("order-history", switches) {
            try await history.get("/customers/\(customer)/orders", as: [OrderHistoryService.Entry].self)
        }
        return orders.map(WebHome.Part.orders) ?? .missing(.orderHistory)
    }

    /// As many calls at once as there are brochures: no bulkhead stands in the way.
    private func brochures() async throws -> [String] {
        let catalog = catalog.unguarded
        return try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<Self.brochures {
                let id = CatalogService.productID(number % CatalogService.productCount + 1)
                group.addTask {
                    let product = try await catalog.get("/products/\(id)", as: CatalogService.Product.self)
                    return product.name + String(repeating: ".", count: Self.brochureLength)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
