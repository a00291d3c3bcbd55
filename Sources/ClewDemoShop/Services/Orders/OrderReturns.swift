import ClewDurablePatterns
import ClewModel
import GRDB
import Hummingbird
import ServiceLifecycle
import Tracing

/// The first and the last step of the saga `return`, which has no coordinator: the customer asks, the money is back.
///
/// orders → shipping → inventory → payments → orders, each told by the event of the one before.
struct OrderReturns: Sendable {
    static let saga = Choreography(saga: "return")
    static let inbox = EventInbox(.ordersReturns)

    let store: OrderStore
    let environment: ServiceEnvironment

    init(store: OrderStore, in environment: ServiceEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// The saga's id for an order, in all services that take part in it.
    static func id(of order: String) -> String { "\(order)/return" }

    /// - Throws: 404 where there is no such order, 409 where it cannot be sent back.
    func request(_ order: String) async throws -> OrdersService.Order {
        let found = try await store.requestReturn(of: order)
        if let span = RequestSpan.current {
            span.attributes[SemanticConventions.orderID] = order
            span.attributes[SemanticConventions.orderState] = found.state.rawValue
            Self.saga.begin(Self.id(of: order), span: span)
        }
        return found
    }

    var consumer: any Service {
        Self.inbox.consumer(into: store.database, in: environment, handle)
    }

    func handle(_ message: BrokerMessage, _ span: any Tracing.Span, in db: Database) throws {
        guard let event = try PaymentRefunded(message) else { return }
        span.attributes[SemanticConventions.orderID] = event.order
        let order = try store.change(event.order, in: db) { $0.completeReturn() }
        span.attributes[SemanticConventions.orderState] = order.state.rawValue
        Self.saga.step("close", of: Self.id(of: event.order), span: span, ends: .completed)
    }
}
