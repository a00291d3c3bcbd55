import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import ClewDemoShop

@Suite("The load")
struct LoadTests {
    private typealias Kind = PlannedRequest.Kind

    private func plan(_ seed: UInt64, count: Double = 10_000) -> [PlannedRequest] {
        Array(LoadSchedule(rate: count / 10, duration: .seconds(10), seed: seed))
    }

    @Test("requests are due at an even rate")
    func rate() {
        let schedule = LoadSchedule(rate: 20, duration: .seconds(3), seed: 1)
        let dues = schedule.map(\.due)
        #expect(dues.count == 60)
        #expect(dues.first == .zero)
        #expect(dues[20] == .seconds(1))
    }

    @Test("of ten requests four are checkouts, three home pages, and one each the products, a lookup and an after-sale")
    func mix() {
        var counts: [String: Int] = [:]
        for request in plan(2) { counts[name(request.kind), default: 0] += 1 }
        #expect((3800...4200).contains(counts["checkout", default: 0]))
        #expect((2850...3150).contains(counts["home", default: 0]))
        for name in ["order", "products", "after"] { #expect((900...1100).contains(counts[name, default: 0])) }
    }

    private func name(_ kind: Kind) -> String {
        switch kind {
        case .checkout: "checkout"
        case .products: "products"
        case .order: "order"
        case .webHome, .mobileHome: "home"
        case .details, .giveBack, .history: "after"
        }
    }

    @Test("the same seed gives the same requests, another seed others")
    func seed() {
        #expect(plan(3, count: 50) == plan(3, count: 50))
        #expect(plan(3, count: 50) != plan(4, count: 50))
    }

    @Test("only the last orders are remembered, and one that was taken is not met again")
    func orders() {
        var orders = PlacedOrders()
        #expect(orders.order(7) == nil)
        #expect(orders.take(7) == nil)
        let ids = (0...PlacedOrders.capacity).map { "o-\($0)" }
        for id in ids { orders.add(id) }
        var taken: Set<String> = []
        while let order = orders.take(5) { taken.insert(order) }
        #expect(taken == Set(ids.dropFirst()))
    }

    @Test("no order is looked up or given back before one was placed")
    func nothingPlaced() throws {
        let driver = LoadDriver(target: "http://shop", client: .shared)
        for kind: Kind in [.order(3), .details(3), .giveBack(3)] {
            let request = try driver.request(kind)
            #expect(request.url == "http://shop/products")
            #expect(request.method == .GET)
        }
    }

    @Test("each checkout has an idempotency key of its own")
    func keys() throws {
        let driver = LoadDriver(target: "http://shop", client: .shared)
        let order = OrdersService.NewOrder(customer: "c-001", lines: [])
        let keys = try (0..<2).map { _ in
            try driver.request(.checkout(order)).headers.first(name: "idempotency-key")
        }
        #expect(keys[0] != nil)
        #expect(keys[0] != keys[1])
    }

    private static let answers: [(Int, String, CheckoutAnswer)] = [
        (201, #"{"id":"o-1","customer":"c-001"}"#, .placed("o-1")),
        (202, #"{"id":"o-1","state":"pending"}"#, .other),
        (402, #"{"error":{"message":"blocked"},"order":{"id":"o-2"}}"#, .refused("o-2")),
        (409, #"{"error":{"message":"out of stock"}}"#, .other),
        (404, #"{"error":{"message":"no such product"},"order":{"id":"o-3"}}"#, .other),
        (201, "not JSON", .other),
    ]

    @Test("the answer to a checkout says what became of the order", arguments: answers)
    func answer(status: Int, body: String, expected: CheckoutAnswer) {
        #expect(CheckoutAnswer(status: status, body: ByteBuffer(string: body)) == expected)
    }

    @Test("a summary counts answers and failures, and takes quantiles by nearest rank")
    func summary() {
        var summary = LoadSummary()
        for milliseconds in 1...100 { summary.add(status: 201, duration: .milliseconds(milliseconds)) }
        #expect(summary.quantiles([0.5, 0.95, 1]).map { ($0 * 1000).rounded() } == [50, 95, 100])
        summary.add(status: 502, duration: .zero)
        summary.add(failure: "refused", duration: .zero)
        #expect(summary.count == 102)
        #expect(summary.errors == 2)
        #expect(summary.description.hasPrefix("102 requests: 201 ×100, 502 ×1, refused ×1; p50 "))
    }

    @Test("of refused orders those were compensated that had been paid for; their number is bounded")
    func refused() {
        var summary = LoadSummary()
        summary.add(refused: "o-1", status: 402)
        summary.add(refused: "o-2", status: 409)
        #expect(summary.refusedOrders == ["o-1", "o-2"])
        #expect(summary.compensatedOrders == ["o-2"])
        for number in 0...LoadSummary.mostOrders { summary.add(refused: "o-\(number)", status: 409) }
        #expect(summary.refusedOrders.count == LoadSummary.mostOrders)
    }

    @Test("an empty summary has no durations")
    func empty() {
        #expect(LoadSummary().quantiles([0.5]) == [0])
    }
}
