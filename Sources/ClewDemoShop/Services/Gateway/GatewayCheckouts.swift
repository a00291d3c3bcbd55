import ClewModel
import HTTPTypes
import Hummingbird
import Logging
import Tracing

/// Checkouts and returns, passed to the orders.
struct GatewayCheckouts: Sendable {
    private static let keyName = HTTPField.Name(UpstreamRequest.idempotencyKey)

    private let switches: Switches
    private let orders: Upstream
    private let pricing: BasketPricing

    init(in environment: ServiceEnvironment) throws {
        switches = environment.switches
        var orders = try environment.upstream(.orders)
        orders.passesRefusals = true
        self.orders = orders
        pricing = BasketPricing(in: environment)
    }

    /// - Returns: 201 with a confirmed order; 202 with one whose saga goes on.
    func checkOut(
        _ request: Request, _ context: BasicRequestContext
    ) async throws -> EditedResponse<OrdersService.Order> {
        let checkout = try await request.decode(as: OrdersService.NewOrder.self, context: context)
        if switches.isOn(.godGateway) {
            let price = try await pricing.price(checkout)
            context.logger.debug("basket priced", metadata: ["total": "\(price)"])
        }
        let key = Self.keyName.flatMap { request.headers[$0] }
        let order = try await orders.post("/orders", checkout, idempotencyKey: key, as: OrdersService.Order.self)
        RequestSpan.current?.attributes[SemanticConventions.orderID] = order.id
        context.logger.info("checked out", metadata: ["order": "\(order.id)", "total": "\(order.totalCents)"])
        return EditedResponse(status: order.state == .pending ? .accepted : .created, response: order)
    }

    func giveBack(_ id: ShopID) async throws -> OrdersService.Order {
        try await orders.post("/orders/\(id)/return", [String: String](), as: OrdersService.Order.self)
    }
}
