import ClewDurablePatterns
import ClewModel
import GRDB
import ServiceLifecycle
import Tracing

/// The third step of the saga `return`: what came back goes on the shelf.
struct Restocking: Sendable {
    static let inbox = EventInbox(.inventoryReturns)

    let database: ShopDatabase
    let outbox: EventOutbox
    let environment: ServiceEnvironment

    var consumer: any Service {
        Self.inbox.consumer(into: database, in: environment, handle)
    }

    func handle(_ message: BrokerMessage, _ span: any Tracing.Span, in db: Database) throws {
        guard let event = try ReturnReceived(message) else { return }
        span.attributes[SemanticConventions.orderID] = event.order
        OrderReturns.saga.step("restock", of: OrderReturns.id(of: event.order), span: span)
        let items = try StockRoom.giveBack(event.order, as: "restocked", in: db)
        try outbox.append(ItemsRestocked(order: event.order, items: items), in: db)
    }
}
