import ClewPatterns
import Hummingbird

/// The entry of the shop: knows its callers, limits and sheds them, and passes requests to the services inside.
///
/// It holds no business rule and no data.
struct GatewayService: ShopService {
    /// A checkout passes six services, one after the other. Limits shrink from the outside in: no service inside gives
    /// itself more.
    private static let checkoutTime = Duration.seconds(10)
    private static let lookupTime = Duration.seconds(5)
    private static let browseTime = Duration.seconds(3)
    /// What products cost changes rarely, and an order is priced anew.
    private static let productLifetime = Duration.seconds(1)

    private let entry: GatewayEntry
    private let checkouts: GatewayCheckouts
    private let lookups: GatewayLookups
    private let catalog: Upstream
    private let pages: GatewayPages
    private let products = ResponseCache<[CatalogService.Product]>(lifetime: Self.productLifetime)

    init(in environment: ServiceEnvironment) throws {
        entry = GatewayEntry(in: environment)
        checkouts = try GatewayCheckouts(in: environment)
        lookups = try GatewayLookups(in: environment)
        catalog = try environment.upstream(.catalog)
        pages = try GatewayPages(in: environment)
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        addCheckouts(to: router.group().add(middleware: entry.middleware(.critical, within: Self.checkoutTime)))
        addLookups(to: router.group().add(middleware: entry.middleware(.normal, within: Self.lookupTime)))
        addPages(to: router.group().add(middleware: entry.middleware(.sheddable, within: Self.browseTime)))
    }

    private func addCheckouts(to routes: RouterGroup<BasicRequestContext>) {
        routes.post("/checkout") { request, context in
            try await checkouts.checkOut(request, context)
        }
        routes.post("/orders/{id}/return") { _, context in
            let order = try await checkouts.giveBack(try ShopID(of: context))
            return EditedResponse(status: .accepted, response: order)
        }
    }

    private func addLookups(to routes: RouterGroup<BasicRequestContext>) {
        routes.get("/orders/{id}") { _, context in
            try await lookups.order(try ShopID(of: context))
        }
        routes.get("/orders/{id}/details") { _, context in
            try await lookups.details(of: try ShopID(of: context))
        }
        routes.get("/customers/{id}/orders") { _, context in
            try await lookups.history(of: try ShopID(of: context))
        }
    }

    private func addPages(to routes: RouterGroup<BasicRequestContext>) {
        routes.get("/products") { _, _ in
            try await products.value { try await catalog.get("/products", as: [CatalogService.Product].self) }
        }
        routes.get("/web/home") { request, _ in
            try await pages.web(for: try ShopID(customerOf: request))
        }
        routes.get("/mobile/home") { _, _ in
            try await pages.mobile()
        }
    }
}
