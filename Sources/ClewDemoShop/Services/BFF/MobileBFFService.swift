import Hummingbird

/// The backend of the app: `GET /home` is a page for a small screen and a slow network.
struct MobileBFFService: ShopService {
    /// As with the web: less than the gateway gives, more than its callees take.
    private static let time = Duration.seconds(2)

    private let catalog: Upstream
    private let recommender: Recommender

    init(in environment: ServiceEnvironment) throws {
        catalog = try environment.upstream(.catalog)
        recommender = try Recommender(in: environment)
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/home") { _, _ in
            try await withRequestTime(Self.time) { try await home() }
        }
    }

    private func home() async throws -> MobileHome {
        try await MobileHome.compose([
            { .offers(try await catalog.get("/products", as: [CatalogService.Product].self)) },
            {
                let answer = try await recommender.answer()
                return answer.map(MobileHome.Part.recommendations) ?? .missing(.recommendations)
            },
        ])
    }
}
