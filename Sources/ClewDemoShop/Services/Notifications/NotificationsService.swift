import ClewDurablePatterns
import Hummingbird
import ServiceLifecycle

/// Tells customers what becomes of their orders, and sums up for the shop.
///
/// - `GET /orders/{id}/notifications`: what was sent about an order, in its order.
/// - `GET /digest`: how often what was told of.
struct NotificationsService: ShopService {
    private let letters: Letters
    private let digest: Digest
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        let database = try environment.openDatabase(schema: Letters.schema + Digest.schema) { migrator in
            Letters.inbox.migrate(&migrator)
        }
        letters = Letters(in: database, of: environment)
        digest = Digest(in: database)
        self.environment = environment
    }

    var backgroundServices: [any Service] {
        [letters.consumer(in: environment), digest.consumer(in: environment)]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/orders/{id}/notifications") { _, context in
            try await letters.about(try ShopID(of: context))
        }
        router.get("/digest") { _, _ in
            try await digest.counts()
        }
    }
}
