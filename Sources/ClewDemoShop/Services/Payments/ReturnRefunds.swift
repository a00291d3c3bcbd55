import ClewDurablePatterns
import ClewModel
import GRDB
import ServiceLifecycle
import Tracing

/// The fourth step of the saga `return`: what is on the shelf again is paid back.
struct ReturnRefunds: Sendable {
    static let inbox = EventInbox(.paymentsReturns)

    let database: ShopDatabase
    let outbox: EventOutbox
    let environment: ServiceEnvironment

    var consumer: any Service {
        Self.inbox.consumer(into: database, in: environment, handle)
    }

    func handle(_ message: BrokerMessage, _ span: any Tracing.Span, in db: Database) throws {
        guard let event = try ItemsRestocked(message) else { return }
        span.attributes[SemanticConventions.orderID] = event.order
        OrderReturns.saga.step("refund", of: OrderReturns.id(of: event.order), span: span)
        let refund = try ChargeBook.refund(event.order, in: db)
        try outbox.append(PaymentRefunded(order: refund.order, amountCents: refund.amountCents), in: db)
    }
}
