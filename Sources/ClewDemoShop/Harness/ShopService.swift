import Hummingbird
import ServiceLifecycle

/// One service of the shop: what it keeps, the routes it answers, and what it does without being asked.
protocol ShopService: Sendable {
    /// Opens the service's tables and its callees.
    init(in environment: ServiceEnvironment) throws

    func addRoutes(to router: Router<BasicRequestContext>)

    /// Adds routes that no telemetry sees and no fault meets; none by default.
    func addUnobservedRoutes(to router: Router<BasicRequestContext>)

    /// Relays, consumers and the like, which run as long as the service; none by default.
    var backgroundServices: [any Service] { get }
}

extension ShopService {
    func addUnobservedRoutes(to router: Router<BasicRequestContext>) {}

    var backgroundServices: [any Service] { [] }
}

extension ServiceName {
    /// The implementation of this service.
    func makeService(in environment: ServiceEnvironment) throws -> any ShopService {
        let implementation: any ShopService.Type =
            switch self {
            case .gateway: GatewayService.self
            case .webBFF: WebBFFService.self
            case .mobileBFF: MobileBFFService.self
            case .orders: OrdersService.self
            case .payments: PaymentsService.self
            case .inventory: InventoryService.self
            case .shipping: ShippingService.self
            case .catalog: CatalogService.self
            case .recommendations: RecommendationsService.self
            case .notifications: NotificationsService.self
            case .orderHistory: OrderHistoryService.self
            case .tax: TaxService.self
            case .registry: RegistryService.self
            case .broker: BrokerService.self
            }
        return try implementation.init(in: environment)
    }
}
