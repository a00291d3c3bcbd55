import ClewModel
import GRDB
import Hummingbird
import Logging
import ServiceLifecycle
import Tracing

/// Keeps the stock and sets parts of it aside: `POST /reservations`, `POST /releases`, each once for an order.
struct InventoryService: ShopService {
    /// How many reservations are refused while the switch `no-compensation` is on.
    private static let refusals = 0.2

    private let database: ShopDatabase
    private let restocking: Restocking
    private let orders: Upstream
    private let shipping: Upstream
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        let outbox = EventOutbox()
        database = try environment.openDatabase(schema: StockRoom.schema) { migrator in
            Restocking.inbox.migrate(&migrator)
            outbox.migrate(&migrator)
        }
        restocking = Restocking(database: database, outbox: outbox, environment: environment)
        orders = try environment.upstream(.orders)
        shipping = try environment.upstream(.shipping)
        self.environment = environment
    }

    var backgroundServices: [any Service] {
        restocking.outbox.relay(from: database, in: environment) + [restocking.consumer]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/reservations") { request, context in
            let new = try await request.decode(as: NewReservation.self, context: context)
            try new.validate()
            RequestSpan.current?.attributes[SemanticConventions.orderID] = new.order
            try await askAround(new)
            return EditedResponse(status: .created, response: try await reserve(new, context))
        }
        router.post("/releases") { request, context in
            let release = try await request.decode(as: NewRelease.self, context: context)
            _ = try ShopID(release.order)
            RequestSpan.current?.attributes[SemanticConventions.orderID] = release.order
            return EditedResponse(status: .created, response: try await giveBack(release.order))
        }
    }

    /// The switches `cycle` and `sync-chain`: what others know is asked for while they wait.
    private func askAround(_ new: NewReservation) async throws {
        if environment.switches.isOn(.cycle) {
            _ = try await orders.get("/orders/\(new.order)", as: OrdersService.Order.self)
        }
        if environment.switches.isOn(.syncChain) {
            let quote = ShippingService.NewQuote(order: new.order, lines: new.lines)
            _ = try await shipping.post("/quotes", quote, as: ShippingService.Quote.self)
        }
    }

    /// The switch `no-compensation` needs something that is refused after the charge.
    private func refuse() throws {
        guard environment.switches.isOn(.noCompensation), Double.random(in: 0..<1) < Self.refusals else { return }
        throw HTTPError(.conflict, message: "the shelves are being counted")
    }

    private func reserve(_ new: NewReservation, _ context: BasicRequestContext) async throws -> Reservation {
        let query = "UPDATE stock SET available = available - ? WHERE product = ? AND available >= ?"
        do {
            try refuse()
            let items = try await database.write(to: "stock", query) { db, _ in try StockRoom.reserve(new, in: db) }
            context.logger.debug("reserved", metadata: ["order": "\(new.order)", "items": "\(items)"])
            return Reservation(items: items)
        } catch let error as HTTPError {
            context.logger.warning(
                "not reserved", metadata: ["order": "\(new.order)", "reason": "\(error.body ?? "")"])
            throw error
        }
    }

    private func giveBack(_ order: String) async throws -> Reservation {
        let query = "UPDATE stock SET available = available + r.quantity FROM reservations AS r"
        return try await database.write(to: "stock", query) { db, _ in
            Reservation(items: try StockRoom.giveBack(order, as: "released", in: db))
        }
    }
}
