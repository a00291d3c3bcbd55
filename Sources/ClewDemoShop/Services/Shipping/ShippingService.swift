import ClewModel
import GRDB
import Hummingbird
import Logging
import ServiceLifecycle
import Tracing

/// Books carriers: `POST /shipments` and `POST /cancellations`, each once for an order; `POST /quotes` says which one.
struct ShippingService: ShopService {
    private static let mostLines = 20

    private let database: ShopDatabase
    private let arrivals: ReturnArrivals
    private let catalog: Upstream
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        let outbox = EventOutbox()
        database = try environment.openDatabase(schema: CarrierBook.schema) { migrator in
            ReturnArrivals.inbox.migrate(&migrator)
            outbox.migrate(&migrator)
        }
        arrivals = ReturnArrivals(database: database, outbox: outbox, environment: environment)
        catalog = try environment.upstream(.catalog)
        self.environment = environment
    }

    var backgroundServices: [any Service] {
        arrivals.outbox.relay(from: database, in: environment) + [arrivals.consumer]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/shipments") { request, context in
            let new = try await request.decode(as: NewShipment.self, context: context)
            return EditedResponse(status: .created, response: try await book(new, context))
        }
        router.post("/cancellations") { request, context in
            let new = try await request.decode(as: NewCancellation.self, context: context)
            return EditedResponse(status: .created, response: try await cancel(new.order))
        }
        router.post("/quotes") { request, context in
            let new = try await request.decode(as: NewQuote.self, context: context)
            return EditedResponse(status: .created, response: try await quote(new))
        }
    }

    private func book(_ new: NewShipment, _ context: BasicRequestContext) async throws -> Shipment {
        _ = try ShopID(new.order)
        guard new.items > 0 else {
            throw HTTPError(.badRequest, message: "a shipment has at least one item, not \(new.items)")
        }
        RequestSpan.current?.attributes[SemanticConventions.orderID] = new.order
        let carrier = try await carrier(for: new.items)
        let shipment = try await database.write(to: "shipments", "INSERT INTO shipments VALUES (?, ?, ?, ?)") { db, _ in
            try CarrierBook.book(new.order, with: carrier, in: db)
        }
        let metadata: Logger.Metadata = ["order": "\(new.order)", "carrier": "\(shipment.carrier)"]
        // The switch `lost-correlation`: a line that nothing joins to its request.
        let shown = environment.switches.isOn(.lostCorrelation) ? .topLevel : ServiceContext.current ?? .topLevel
        ServiceContext.withValue(shown) { context.logger.info("booked", metadata: metadata) }
        return shipment
    }

    private func cancel(_ order: String) async throws -> Cancellation {
        _ = try ShopID(order)
        RequestSpan.current?.attributes[SemanticConventions.orderID] = order
        let wasBooked = try await database.write(to: "shipments", "UPDATE shipments SET state = ?") { db, _ in
            try CarrierBook.cancel(order, in: db)
        }
        return Cancellation(order: order, wasBooked: wasBooked)
    }

    /// The switch `sync-chain`: weighs what the catalog says of the products, while everyone before it waits.
    private func quote(_ new: NewQuote) async throws -> Quote {
        _ = try ShopID(new.order)
        guard (1...Self.mostLines).contains(new.lines.count) else {
            throw HTTPError(.badRequest, message: "a quote has 1 to \(Self.mostLines) lines, not \(new.lines.count)")
        }
        let path = "/products?" + ProductIDs(Set(new.lines.map(\.product)).sorted()).query
        let known = try await catalog.get(path, as: [CatalogService.Product].self)
        return Quote(carrier: try await carrier(for: known.count))
    }

    private func carrier(for items: Int) async throws -> String {
        let query = "SELECT name FROM carriers WHERE largest >= ? ORDER BY largest LIMIT 1"
        return try await database.read(from: "carriers", query) { db, _ in
            try CarrierBook.carrier(for: items, in: db)
        }
    }
}
