import ClewDurablePatterns
import ClewModel
import GRDB
import ServiceLifecycle
import Tracing

/// The second step of the saga `return`: the carrier brings an order back.
struct ReturnArrivals: Sendable {
    static let inbox = EventInbox(.shippingReturns)

    let database: ShopDatabase
    let outbox: EventOutbox
    let environment: ServiceEnvironment

    var consumer: any Service {
        Self.inbox.consumer(into: database, in: environment, handle)
    }

    /// - Throws: ``ShopError/Code/refusedMessage`` where nothing was shipped: only a confirmed order is sent back, and
    ///   a confirmed order is shipped.
    func handle(_ message: BrokerMessage, _ span: any Tracing.Span, in db: Database) throws {
        guard let event = try ReturnRequested(message) else { return }
        span.attributes[SemanticConventions.orderID] = event.order
        OrderReturns.saga.step("receive", of: OrderReturns.id(of: event.order), span: span)
        guard try CarrierBook.receive(event.order, in: db) else {
            throw ShopError(.refusedMessage, "order '\(event.order)' is to come back and was not shipped")
        }
        try outbox.append(ReturnReceived(order: event.order), in: db)
    }
}
