import Foundation
import GRDB
import Hummingbird
import Logging

/// Takes orders: prices from the catalog, then payment, stock and shipping, one after the other.
struct OrdersService: ShopService {
    struct Line: Codable, Hashable, Sendable {
        var product: String
        var quantity: Int
    }

    struct NewOrder: Codable, Hashable, Sendable {
        var customer: String
        var lines: [Line]
    }

    struct Order: ResponseCodable, FetchableRecord {
        var id: String
        var customer: String
        var totalCents: Int
        var state: State
    }

    enum State: String, Codable, Sendable {
        case pending, confirmed, refused, failed
    }

    private static let mostLines = 20
    private static let mostItems = 1000

    private let database: ShopDatabase
    private let catalog: Upstream
    private let payments: Upstream
    private let inventory: Upstream
    private let shipping: Upstream

    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(
            schema: """
                CREATE TABLE orders (
                    id TEXT PRIMARY KEY, customer TEXT NOT NULL, totalCents INTEGER NOT NULL, state TEXT NOT NULL
                );
                """
        )
        catalog = try environment.upstream(.catalog)
        payments = try environment.upstream(.payments)
        inventory = try environment.upstream(.inventory)
        shipping = try environment.upstream(.shipping)
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/orders") { request, context in
            let order = try await place(try await request.decode(as: NewOrder.self, context: context), context)
            return EditedResponse(status: .created, response: order)
        }
        router.get("/orders/{id}") { _, context in
            let id = try context.parameters.require("id")
            return try await order(id)
        }
    }

    private func place(_ new: NewOrder, _ context: BasicRequestContext) async throws -> Order {
        try Self.validate(new)
        var order = Order(
            id: UUID().uuidString.lowercased(),
            customer: new.customer,
            totalCents: try await total(new.lines),
            state: .pending
        )
        try await insert(order)
        do {
            try await fulfil(order, new.lines)
            order.state = .confirmed
            try await update(order)
            context.logger.info("order confirmed", metadata: ["order": "\(order.id)", "lines": "\(new.lines.count)"])
            return order
        } catch let error as HTTPError where error.status.code < 500 {
            order.state = .refused
            context.logger.warning("order refused", metadata: ["order": "\(order.id)", "reason": "\(error)"])
            try await update(order)
            throw error
        } catch {
            order.state = .failed
            context.logger.error("order failed", metadata: ["order": "\(order.id)", "reason": "\(error)"])
            try await update(order)
            throw error
        }
    }

    private static func validate(_ new: NewOrder) throws {
        guard (1...mostLines).contains(new.lines.count) else {
            throw HTTPError(.badRequest, message: "an order has 1 to \(mostLines) lines, not \(new.lines.count)")
        }
        guard new.lines.allSatisfy({ (1...mostItems).contains($0.quantity) }) else {
            throw HTTPError(.badRequest, message: "the quantity of a line is 1 to \(mostItems)")
        }
    }

    private func total(_ lines: [Line]) async throws -> Int {
        var total = 0
        for line in lines {
            total += try await price(line.product) * line.quantity
        }
        return total
    }

    private func price(_ product: String) async throws -> Int {
        let segment = CharacterSet.urlPathAllowed.subtracting(CharacterSet(charactersIn: "/"))
        guard let id = product.addingPercentEncoding(withAllowedCharacters: segment), !id.isEmpty else {
            throw HTTPError(.badRequest, message: "a line names no product")
        }
        return try await catalog.get("/products/\(id)", as: CatalogService.Product.self).priceCents
    }

    private func fulfil(_ order: Order, _ lines: [Line]) async throws {
        let charge = PaymentsService.NewCharge(
            order: order.id,
            customer: order.customer,
            amountCents: order.totalCents
        )
        _ = try await payments.post("/charges", charge, as: PaymentsService.Charge.self)
        let reservation = InventoryService.NewReservation(order: order.id, lines: lines)
        let reserved = try await inventory.post("/reservations", reservation, as: InventoryService.Reservation.self)
        let shipment = ShippingService.NewShipment(order: order.id, items: reserved.items)
        _ = try await shipping.post("/shipments", shipment, as: ShippingService.Shipment.self)
    }

    private func order(_ id: String) async throws -> Order {
        let found = try await database.read(from: "orders", "SELECT * FROM orders WHERE id = ?") { db, sql in
            try Order.fetchOne(db, sql: sql, arguments: [id])
        }
        guard let found else { throw HTTPError(.notFound, message: "there is no order '\(id)'") }
        return found
    }

    private func insert(_ order: Order) async throws {
        try await database.write(to: "orders", "INSERT INTO orders VALUES (?, ?, ?, ?)") { db, sql in
            let arguments: StatementArguments = [
                order.id, order.customer, order.totalCents, order.state.rawValue,
            ]
            try db.execute(sql: sql, arguments: arguments)
        }
    }

    private func update(_ order: Order) async throws {
        try await database.write(to: "orders", "UPDATE orders SET state = ? WHERE id = ?") { db, sql in
            try db.execute(sql: sql, arguments: [order.state.rawValue, order.id])
        }
    }
}
