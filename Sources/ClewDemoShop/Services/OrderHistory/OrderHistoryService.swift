import ClewDurablePatterns
import ClewModel
import GRDB
import Hummingbird
import ServiceLifecycle
import Tracing

/// The orders as customers look them up: a read model built from events, so that no such question meets the orders.
///
/// - `GET /customers/{id}/orders`: the last 20 of a customer, newest first.
/// - `GET /orders/{id}`: one, or 404 where it is not known yet.
struct OrderHistoryService: ShopService {
    struct Entry: ResponseCodable, FetchableRecord, Hashable {
        var id: String
        var customer: String
        var totalCents: Int
        var state: OrdersService.State
        /// Why it was cancelled.
        var reason: String?
        /// Absent for orders whose event of version 1 did not have them.
        var lines: [OrdersService.Line]?
        /// Unix time in nanoseconds; absent as ``lines``.
        var placedAt: Int64?
    }

    private static let longestList = 20
    private static let columns = "id, customer, totalCents, state, reason, lines, placedAt"
    private static let subscription = Subscription.orderHistory
    private static let inbox = Inbox()

    private let database: ShopDatabase
    private let projector = Projector(name: Self.subscription.queue)
    private let environment: ServiceEnvironment

    init(in environment: ServiceEnvironment) throws {
        database = try environment.openDatabase(schema: OrderProjection.schema) { migrator in
            Projector.migrate(&migrator)
            Self.inbox.migrate(&migrator)
        }
        self.environment = environment
    }

    var backgroundServices: [any Service] {
        [
            Consumer(Self.subscription, environment: environment) { delivery, span in
                try await handle(delivery.message, span)
            }
        ]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/customers/{id}/orders") { _, context in
            try await orders(of: try ShopID(of: context))
        }
        router.get("/orders/{id}") { _, context in
            try await order(try ShopID(of: context))
        }
    }

    /// The projector makes each change once, by its place in the order's life. The inbox comes after it, and knows all
    /// messages that were dealt with, those without a change too: where the process ends between the two, the message
    /// comes again and changes nothing.
    func handle(_ message: BrokerMessage, _ span: any Tracing.Span) async throws {
        if let event = try HistoryEvent(message) { try await project(event, span) }
        let consumer = Self.subscription.queue
        _ = try await Self.inbox.process(message.id, by: consumer, in: database.writer, span: span) { _ in }
    }

    private func project(_ event: HistoryEvent, _ span: any Tracing.Span) async throws {
        span.attributes[SemanticConventions.orderID] = event.order
        let isChange = try await projector.apply(
            source: event.order, position: event.position, eventTime: event.time, in: database.writer, span: span
        ) { db in
            try OrderProjection.apply(event, in: db)
        }
        if isChange == true { span.attributes[SemanticConventions.orderState] = event.state.rawValue }
    }

    func orders(of customer: ShopID) async throws -> [Entry] {
        let query = "SELECT \(Self.columns) FROM orders WHERE customer = ? ORDER BY sequence DESC LIMIT ?"
        return try await database.read(from: "orders", query) { db, sql in
            try Entry.fetchAll(db, sql: sql, arguments: [customer.description, Self.longestList])
        }
    }

    private func order(_ id: ShopID) async throws -> Entry {
        let query = "SELECT \(Self.columns) FROM orders WHERE id = ?"
        let found = try await database.read(from: "orders", query) { db, sql in
            try Entry.fetchOne(db, sql: sql, arguments: [id.description])
        }
        guard let found else { throw HTTPError(.notFound, message: "the history knows no order '\(id)' yet") }
        return found
    }
}
