import ClewDurablePatterns
import Hummingbird
import Testing

@testable import ClewDemoShop

@Suite("An order and what may happen to it")
struct OrderAggregateTests {
    private typealias Event = OrderAggregate.Event

    private static let placement = OrderAggregate.Placement(
        id: "o-1", customer: "c-001", lines: [.init(product: "p-01", quantity: 2)], totalCents: 1600, placedAt: 1)

    private func order(_ events: [Event]) -> OrderAggregate {
        ([.placed(Self.placement)] + events).reduce(into: OrderAggregate()) { $0.apply($1) }
    }

    @Test("a pending order may be confirmed, refused, cancelled or fail, and each only once")
    func endings() throws {
        let pending = order([])
        #expect(try pending.confirm() == [.confirmed])
        for state in [OrdersService.State.refused, .cancelled, .failed] {
            let ending = try pending.end(state, "no")
            #expect(ending == [.ended(state: state, reason: "no")])
            #expect(order(ending).order?.state == state)
            #expect(order(ending).order?.reason == "no")
            #expect(try order(ending).end(state, "again").isEmpty)
        }
        #expect(try order([.confirmed]).confirm().isEmpty)
    }

    @Test("an order that has ended does not end otherwise, but for one that failed")
    func conflicts() throws {
        #expect(throws: HTTPError.self) { try order([.confirmed]).end(.cancelled, "no") }
        #expect(throws: HTTPError.self) { try order([.ended(state: .refused, reason: "no")]).confirm() }
        #expect(throws: HTTPError.self) { try order([.ended(state: .refused, reason: "no")]).end(.cancelled, "no") }
        let failed = order([.ended(state: .failed, reason: "stuck")])
        #expect(try failed.end(.cancelled, "repaired") == [.ended(state: .cancelled, reason: "repaired")])
    }

    @Test("only a confirmed order is sent back, and asking twice is asking once")
    func requestReturn() throws {
        #expect(throws: HTTPError.self) { try order([]).requestReturn() }
        #expect(try order([.confirmed]).requestReturn() == [.returnRequested])
        #expect(try order([.confirmed, .returnRequested]).requestReturn().isEmpty)
    }

    @Test("money that nobody asked back changes nothing")
    func completeReturn() {
        #expect(order([.confirmed]).completeReturn().isEmpty)
        let returning = order([.confirmed, .returnRequested])
        #expect(returning.completeReturn() == [.returned])
        #expect(order([.confirmed, .returnRequested, .returned]).completeReturn().isEmpty)
    }

    @Test("others are told of what concerns them: a failed order is nobody's news")
    func announcements() {
        func told(_ event: Event) -> String? {
            OrderAnnouncement.of(event, order: "o-1", version: 2).map { "\(type(of: $0).type) \($0.schemaVersion)" }
        }
        #expect(told(.placed(Self.placement)) == "OrderPlaced 2")
        #expect(told(.confirmed) == "OrderConfirmed 1")
        #expect(told(.ended(state: .refused, reason: "no")) == "OrderCancelled 1")
        #expect(told(.ended(state: .cancelled, reason: "no")) == "OrderCancelled 1")
        #expect(told(.ended(state: .failed, reason: "no")) == nil)
        #expect(told(.returnRequested) == "ReturnRequested 1")
        #expect(told(.returned) == nil)
    }

    @Test("a saga's reason is a refusal with its status, or else a failure")
    func reasons() {
        func ending(_ ending: SagaOutcome<CheckoutState>.Ending, _ reason: String?) -> String {
            let outcome = SagaOutcome(
                sagaID: "o-1/checkout", ending: ending, state: CheckoutState(Self.placement), reason: reason)
            let (state, shown) = OrderStore.ending(outcome)
            return "\(state): \(shown ?? "")"
        }
        let refusal = OrderRefusal(status: 402, message: "the card is blocked")
        #expect(OrderRefusal(refusal.description) == refusal)
        #expect(ending(.completed, nil) == "confirmed: ")
        #expect(ending(.compensated, refusal.description) == "refused: the card is blocked")
        #expect(ending(.compensated, "502 shipping failed") == "cancelled: 502 shipping failed")
        #expect(ending(.compensated, nil) == "cancelled: no reason is known")
        #expect(ending(.parked, "402 stuck") == "failed: 402 stuck")
    }
}

@Suite("What may be ordered")
struct NewOrderTests {
    private func new(_ lines: [OrdersService.Line], customer: String = "c-001") -> OrdersService.NewOrder {
        OrdersService.NewOrder(customer: customer, lines: lines)
    }

    private func line(_ quantity: Int, _ product: String = "p-01") -> OrdersService.Line {
        OrdersService.Line(product: product, quantity: quantity)
    }

    @Test("an order has 1 to 20 lines of 1 to 1000 items, and ids that are ids")
    func bounds() throws {
        try new([line(1)]).validate()
        try new(Array(repeating: line(1000), count: 20)).validate()
        let wrong = [
            new([]), new(Array(repeating: line(1), count: 21)), new([line(0)]), new([line(-1)]), new([line(1001)]),
            new([line(.max)]), new([line(1, "")]), new([line(1, "p/1")]), new([line(1)], customer: ""),
            new([line(1)], customer: String(repeating: "c", count: 65)),
        ]
        for order in wrong {
            let error = #expect(throws: HTTPError.self) { try order.validate() }
            #expect(error?.status == .badRequest)
        }
    }

    @Test("the total is that of all lines, a product without a price is named")
    func total() throws {
        let products = [CatalogService.Product(id: "p-01", name: "Product 1", priceCents: 800)]
        #expect(try PriceList.total([line(2), line(1)], at: products) == 2400)
        let error = #expect(throws: HTTPError.self) { try PriceList.total([line(1, "p-99")], at: products) }
        #expect(error?.status == .notFound)
        #expect(error?.body?.contains("p-99") == true)
    }

    @Test("a price that is none does not become a total", arguments: [-1, Int.max])
    func noTotal(price: Int) {
        let products = [CatalogService.Product(id: "p-01", name: "Product 1", priceCents: price)]
        #expect(throws: HTTPError.self) { try PriceList.total([line(2)], at: products) }
    }
}
