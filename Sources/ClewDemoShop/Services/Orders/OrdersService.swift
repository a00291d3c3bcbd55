import ClewDurablePatterns
import GRDB
import Hummingbird
import ServiceLifecycle

/// Takes orders: prices from the catalog, then the saga `checkout` over payments, stock and shipping.
///
/// - `POST /orders`: 201 confirmed, 402 or 409 refused, 202 where the saga goes on in the background. With an
///   `Idempotency-Key` it may be asked again.
/// - `GET /orders/{id}`; `POST /orders/{id}/return` begins the saga `return`.
/// - `GET /admin/parked`: checkouts that a human has to see to; `POST /admin/parked/{order}` tries one again.
struct OrdersService: ShopService {
    private let store: OrderStore
    private let checkout: Checkout
    private let returns: OrderReturns
    private let desk: OrderDesk
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        let outbox = EventOutbox()
        let flags = try OrderFlags()
        let keys = IdempotencyKeys()
        let database = try environment.openDatabase(schema: "") { migrator in
            OrderStore.migrate(&migrator)
            OrderReturns.inbox.migrate(&migrator)
            Checkout.Orchestrator.migrate(&migrator)
            outbox.migrate(&migrator)
            keys.migrate(&migrator)
        }
        store = OrderStore(database: database, outbox: outbox, flags: flags, switches: environment.switches)
        checkout = Checkout(try CheckoutSteps(flags: flags, in: environment), store: store, in: environment)
        returns = OrderReturns(store: store, in: environment)
        desk = try OrderDesk(store: store, checkout: checkout, keys: keys, in: environment)
        self.environment = environment
    }

    var backgroundServices: [any Service] {
        let resumption = CheckoutResumption(
            orchestrator: checkout.orchestrator,
            switches: environment.switches,
            logger: environment.logger
        )
        return store.outbox.relay(from: store.database, in: environment) + [returns.consumer, resumption]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/orders") { request, context in
            let new = try await request.decode(as: NewOrder.self, context: context)
            let order = try await desk.place(new, key: request.idempotencyKey, context.logger)
            return EditedResponse(status: order.state == .pending ? .accepted : .created, response: order)
        }
        router.get("/orders/{id}") { _, context in
            let id = try context.parameters.require("id")
            return try await store.order(id)
        }
        router.post("/orders/{id}/return") { _, context in
            let id = try context.parameters.require("id")
            return EditedResponse(status: .accepted, response: try await returns.request(id))
        }
    }

    func addUnobservedRoutes(to router: Router<BasicRequestContext>) {
        store.flags.addRoutes(to: router)
        checkout.addRoutes(to: router)
    }
}
