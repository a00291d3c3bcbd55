import Hummingbird

/// The home page on a small screen: a few products, a few recommendations, and no history.
struct MobileHome: ComposedPage, ResponseCodable, Hashable {
    enum Part: Sendable {
        case offers([CatalogService.Product])
        case recommendations(RecommendationsService.Answer)
        case missing(ServiceName)
    }

    /// What a small screen shows of each.
    private static let mostOffers = 4
    private static let mostNames = 3

    struct Offer: Codable, Hashable, Sendable {
        var name: String
        /// `12.30`: formatted here, because an old app is never formatted anew.
        var price: String
    }

    var offers: [Offer] = []
    var recommended: [String] = []
    var isComplete = true

    mutating func add(_ part: Part) {
        switch part {
        case .offers(let products): offers = products.prefix(Self.mostOffers).map(Offer.init)
        case .recommendations(let answer):
            recommended = answer.items.prefix(Self.mostNames).map(\.name)
            isComplete = isComplete && !answer.isDegraded
        case .missing: isComplete = false
        }
    }
}

extension MobileHome.Offer {
    init(_ product: CatalogService.Product) {
        let (euros, cents) = product.priceCents.quotientAndRemainder(dividingBy: 100)
        self.init(name: product.name, price: "\(euros)." + (cents < 10 ? "0\(cents)" : "\(cents)"))
    }
}
