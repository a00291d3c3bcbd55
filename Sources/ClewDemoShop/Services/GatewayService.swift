import Hummingbird
import Logging

/// The entry of the shop: checkouts and lookups from outside, passed to the services inside.
struct GatewayService: ShopService {
    private let orders: Upstream
    private let catalog: Upstream

    init(in environment: ServiceEnvironment) throws {
        orders = try environment.upstream(.orders)
        catalog = try environment.upstream(.catalog)
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/checkout") { request, context in
            let checkout = try await request.decode(as: OrdersService.NewOrder.self, context: context)
            let order = try await orders.post("/orders", checkout, as: OrdersService.Order.self)
            context.logger.info("checked out", metadata: ["order": "\(order.id)", "total": "\(order.totalCents)"])
            return EditedResponse(status: .created, response: order)
        }
        router.get("/orders/{id}") { _, context in
            let id = try context.parameters.require("id")
            return try await orders.get("/orders/\(id)", as: OrdersService.Order.self)
        }
        router.get("/products") { _, _ in
            try await catalog.get("/products", as: [CatalogService.Product].self)
        }
    }
}
