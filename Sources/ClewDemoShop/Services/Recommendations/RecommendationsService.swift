import Hummingbird
import ServiceLifecycle

/// What others bought most: `GET /recommendations`.
///
/// The bestsellers are counted from the events of orders; the catalog gives them their names. Where it fails, the last
/// answer stands in, and says that it is degraded.
struct RecommendationsService: ShopService {
    struct Answer: ResponseCodable, Hashable {
        var items: [CatalogService.Card]
        /// Whether it is older than it should be, or empty because the catalog failed before it ever answered.
        var isDegraded: Bool
    }

    /// Less than the pages that ask give it.
    private static let time = Duration.milliseconds(400)

    private let bestsellers: Bestsellers
    private let cards: CardCalls
    private let troubles: RecommendationTroubles
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        bestsellers = try Bestsellers(in: environment)
        cards = try CardCalls(in: environment)
        troubles = RecommendationTroubles(environment.switches)
        self.environment = environment
    }

    var backgroundServices: [any Service] { [bestsellers.consumer(in: environment)] }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/recommendations") { _, _ in
            try await troubles.meet()
            return try await withRequestTime(Self.time) { try await cards.answer(try await bestsellers.top()) }
        }
    }
}
