import Hummingbird

/// One service of the shop: what it keeps, and the routes it answers.
protocol ShopService: Sendable {
    /// Opens the service's tables and its callees.
    init(in environment: ServiceEnvironment) throws

    func addRoutes(to router: Router<BasicRequestContext>)
}

extension ServiceName {
    /// The implementation of this service.
    func makeService(in environment: ServiceEnvironment) throws -> any ShopService {
        let implementation: any ShopService.Type =
            switch self {
            case .gateway: GatewayService.self
            case .orders: OrdersService.self
            case .payments: PaymentsService.self
            case .inventory: InventoryService.self
            case .shipping: ShippingService.self
            case .catalog: CatalogService.self
            }
        return try implementation.init(in: environment)
    }
}
