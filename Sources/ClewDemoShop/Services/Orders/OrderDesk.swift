import Clew
import ClewDurablePatterns
import ClewModel
import Foundation
import GRDB
import Hummingbird
import Logging
import Tracing

/// Takes new orders: each once for a key, priced, written, and seen through its saga as far as the request may wait.
struct OrderDesk: Sendable {
    private let store: OrderStore
    private let checkout: Checkout
    private let keys: IdempotencyKeys
    private let prices: PriceList
    private let tax: Upstream
    private let publisher: DirectPublisher
    private let switches: Switches

    init(store: OrderStore, checkout: Checkout, keys: IdempotencyKeys, in environment: ServiceEnvironment) throws {
        self.store = store
        self.checkout = checkout
        self.keys = keys
        prices = PriceList(catalog: try environment.upstream(.catalog))
        tax = try environment.upstream(.tax)
        publisher = DirectPublisher(broker: environment.broker, system: environment.messagingSystem)
        switches = environment.switches
    }

    /// - Parameter key: The client's idempotency key: the same order is placed once for it.
    /// - Returns: A confirmed order, or a pending one that goes on in the background.
    /// - Throws: ``RefusedOrder``; 400 and 404 for what cannot be ordered; 409 and 422 for a key that is in use.
    func place(
        _ new: OrdersService.NewOrder,
        key: String?,
        _ logger: Logger
    ) async throws -> OrdersService.Order {
        try new.validate()
        guard let key else { return try await settle(try await write(new, token: nil), logger) }
        switch try await begin(new, key) {
        case .replay(let answer): return try await settle(try await store.order(answer.body), logger)
        case .new(let token):
            let order: OrdersService.Order
            do {
                order = try await write(new, token: token)
            } catch {
                await abandon(token)
                throw error
            }
            return try await settle(order, logger)
        }
    }

    /// In a task of its own: the client of a cancelled request may ask again at once.
    private func abandon(_ token: IdempotencyKeys.Token) async {
        let database = store.database.writer
        await Task { [keys] in try? await database.write { db in try keys.abandon(token, in: db) } }.value
    }

    private func begin(_ new: OrdersService.NewOrder, _ key: String) async throws -> IdempotencyKeys.Claim {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let fingerprint = String(decoding: try encoder.encode(new), as: UTF8.self)
        do {
            return try await keys.begin(
                key, scope: "orders", fingerprint: fingerprint, in: store.database.writer, span: RequestSpan.current)
        } catch let error as DurableError {
            throw (HTTPError(error) as (any Error)?) ?? error
        }
    }

    /// The order, the start of its saga, the event of it and the answer to its key are one change.
    private func write(
        _ new: OrdersService.NewOrder,
        token: IdempotencyKeys.Token?
    ) async throws -> OrdersService.Order {
        let placement = OrderAggregate.Placement(
            id: UUID().uuidString.lowercased(),
            customer: new.customer,
            lines: new.lines,
            totalCents: try await prices.total(new.lines),
            placedAt: TelemetryClock.system.wall()
        )
        try await askTax(on: placement)
        let isDual = switches.isOn(.dualWrite)
        try await store.place(placement, isAnnounced: !isDual) { db in
            try checkout.start(placement, in: db)
            if let token { try keys.complete(token, .init(status: 201, body: placement.id), in: db) }
        }
        if isDual, let event = store.announcement(of: placement) { try await publisher.publish(event) }
        return OrdersService.Order(placement)
    }

    /// The switch `nano-service`: one multiplication, over the network.
    private func askTax(on placement: OrderAggregate.Placement) async throws {
        guard switches.isOn(.nanoService) else { return }
        let sale = TaxService.Sale(order: placement.id, totalCents: placement.totalCents)
        _ = try await tax.post("/taxes", sale, as: TaxService.Tax.self)
    }

    /// Waits for the saga.
    private func settle(_ placed: OrdersService.Order, _ logger: Logger) async throws -> OrdersService.Order {
        var order = placed
        RequestSpan.current?.attributes[SemanticConventions.orderID] = order.id
        let outcome = try await checkout.run(order.id)
        // An order that was placed before may be further than its saga.
        if let outcome, order.state == .pending { (order.state, order.reason) = OrderStore.ending(outcome) }
        RequestSpan.current?.attributes[SemanticConventions.orderState] = order.state.rawValue
        let metadata: Logger.Metadata = ["order": "\(order.id)", "reason": "\(order.reason ?? "none")"]
        switch order.state {
        case .pending: logger.info("order goes on in the background", metadata: metadata)
        case .confirmed: logger.info("order confirmed", metadata: metadata)
        case .returned: break
        case .refused: logger.warning("order refused", metadata: metadata)
        case .cancelled, .failed: logger.error("order \(order.state)", metadata: metadata)
        }
        guard [.pending, .confirmed, .returned].contains(order.state) else {
            throw RefusedOrder(order, outcome?.reason.flatMap(OrderRefusal.init))
        }
        return order
    }
}
