import Hummingbird

/// The home page on a wide screen: the whole shop window with prices, and what concerns the customer.
struct WebHome: ComposedPage, ResponseCodable, Hashable {
    enum Part: Sendable {
        case products([CatalogService.Product])
        case recommendations(RecommendationsService.Answer)
        case orders([OrderHistoryService.Entry])
        case brochures([String])
        /// The page is shown without what this service adds.
        case missing(ServiceName)
    }

    var products: [CatalogService.Product] = []
    var recommendations: [CatalogService.Card] = []
    /// The customer's last orders, newest first.
    var orders: [OrderHistoryService.Entry] = []
    /// The services whose part is absent, or older than it should be.
    var missing: [ServiceName] = []
    /// Only with the switch `huge-fanout`.
    var brochures: [String]?

    mutating func add(_ part: Part) {
        switch part {
        case .products(let products): self.products = products
        case .recommendations(let answer):
            recommendations = answer.items
            if answer.isDegraded { miss(.recommendations) }
        case .orders(let orders): self.orders = orders
        case .brochures(let brochures): self.brochures = brochures
        case .missing(let service): miss(service)
        }
    }

    private mutating func miss(_ service: ServiceName) {
        missing.append(service)
        missing.sort { $0.rawValue < $1.rawValue }
    }
}
