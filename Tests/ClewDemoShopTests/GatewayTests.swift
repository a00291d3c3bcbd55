import Clew
import ClewPatterns
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing
import Tracing

@testable import ClewDemoShop

@Suite("The gateway")
struct GatewayTests {
    /// A clock of tests that moves only when it is told to.
    private final class Hand: Sendable {
        private let nanoseconds = Mutex<UInt64>(1)

        var clock: TelemetryClock {
            TelemetryClock(wall: { 0 }, monotonic: { self.nanoseconds.withLock(\.self) }, sleep: { _ in })
        }

        func advance(_ duration: Duration) {
            nanoseconds.withLock { $0 += UInt64(duration / .nanoseconds(1)) }
        }
    }

    /// Sends requests to a route behind an entry.
    private func withEntry(
        _ entry: GatewayEntry, _ priority: RequestPriority = .normal,
        _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router(context: BasicRequestContext.self)
        router.group().add(middleware: entry.middleware(priority, within: .seconds(5))).get("/") { _, _ in
            let context = ServiceContext.current
            return "\(context?.requestPriority?.name ?? "none") \(context?.deadline != nil)"
        }
        try await Application(router: router).test(.router, test)
    }

    @Test("a request goes on with its priority and a deadline")
    func context() async throws {
        try await withEntry(GatewayEntry(), .critical) { client in
            let response = try await client.execute(uri: "/", method: .get)
            #expect(String(buffer: response.body) == "critical true")
        }
    }

    @Test("who has no key is anonymous, who has an unknown one is nobody", arguments: [("key-web", 200), ("x", 401)])
    func keys(key: String, status: Int) async throws {
        let header = try #require(HTTPField.Name("X-API-Key"))
        try await withEntry(GatewayEntry()) { client in
            let anonymous = try await client.execute(uri: "/", method: .get)
            let named = try await client.execute(uri: "/", method: .get, headers: [header: key])
            #expect([anonymous.status.code, named.status.code] == [200, status])
        }
    }

    @Test("each client has a rate of its own, and is told when to come back")
    func rate() async throws {
        let hand = Hand()
        let limiter = RateLimiter(name: "test", perSecond: 0.5, burst: 1, clock: hand.clock)
        let header = try #require(HTTPField.Name("X-API-Key"))
        try await withEntry(GatewayEntry(limiter: limiter)) { client in
            var statuses: [Int] = []
            statuses.append(try await client.execute(uri: "/", method: .get).status.code)
            let refused = try await client.execute(uri: "/", method: .get)
            #expect(refused.headers[.retryAfter] == "2")
            statuses.append(refused.status.code)
            statuses.append(try await client.execute(uri: "/", method: .get, headers: [header: "key-app"]).status.code)
            hand.advance(.seconds(2))
            statuses.append(try await client.execute(uri: "/", method: .get).status.code)
            #expect(statuses == [200, 429, 200, 200])
        }
    }

    @Test(
        "browsing is shed before checkouts are",
        arguments: [(RequestPriority.sheddable, 503), (RequestPriority.critical, 200)]
    )
    func shedding(priority: RequestPriority, status: Int) async throws {
        let shedder = LoadShedder(name: "test", capacity: 10, shares: [.sheddable: 0, .critical: 1])
        try await withEntry(GatewayEntry(shedder: shedder), priority) { client in
            let response = try await client.execute(uri: "/", method: .get)
            #expect(response.status.code == status)
            #expect((response.headers[.retryAfter] != nil) == (status == 503))
        }
    }

    @Test("a kept answer is given until its time is over, and a failure is not kept")
    func cache() async {
        struct Broken: Error {}
        let hand = Hand()
        let cache = ResponseCache<Int>(lifetime: .seconds(1), clock: hand.clock)
        await #expect(throws: Broken.self) { try await cache.value { throw Broken() } }
        #expect(await cache.value { 1 } == 1)
        hand.advance(.milliseconds(999))
        #expect(await cache.value { 2 } == 1)
        hand.advance(.milliseconds(1))
        #expect(await cache.value { 3 } == 3)
    }

    @Test("a refusal is passed on with its status, its body, and when to come back")
    func refusal() async throws {
        let body = #"{"error":{"message":"out of stock"},"order":{"id":"o-1"}}"#
        let router = Router(context: BasicRequestContext.self)
        router.get("/") { _, _ -> String in
            let error = HTTPError(.conflict, headers: [.retryAfter: "3"], message: "out of stock")
            throw RefusedCall(error: error, body: ByteBuffer(string: body))
        }
        try await Application(router: router).test(.router) { client in
            let response = try await client.execute(uri: "/", method: .get)
            #expect(response.status == .conflict)
            #expect(response.headers[.retryAfter] == "3")
            #expect(String(buffer: response.body) == body)
        }
    }

    @Test("an order's details have names, and say so where the catalog does not answer")
    func details() {
        let line = OrdersService.Line(product: "p-01", quantity: 2)
        let order = OrdersService.Order(
            id: "o-1", customer: "c-001", totalCents: 1600, state: .confirmed, lines: [line])
        let product = CatalogService.Product(id: "p-01", name: "Product 1", priceCents: 800)
        let whole = OrderDetails(order, products: [product])
        #expect(whole.lines == [.init(product: "p-01", quantity: 2, name: "Product 1")])
        #expect(whole.missing.isEmpty)
        let partial = OrderDetails(order, products: nil)
        #expect(partial.lines == [.init(product: "p-01", quantity: 2, name: nil)])
        #expect(partial.missing == [.catalog])
    }

    @Test(
        "only letters, digits and hyphens become a part of another service's path",
        arguments: ["", "a/b", "..", "a?b", "a b", "ä", String(repeating: "a", count: 65)]
    )
    func ids(text: String) {
        let error = #expect(throws: HTTPError.self) { try ShopID(text) }
        #expect(error?.status == .badRequest)
    }

    @Test("what is no order is a 400", arguments: ["", "{", #"{"customer":1,"lines":[]}"#, #"{"lines":[]}"#])
    func malformed(text: String) async throws {
        try await ServiceUnderTest.run(.gateway) { service in
            try await service.routes { client in
                let response = try await client.execute(uri: "/checkout", method: .post, body: ByteBuffer(string: text))
                #expect(response.status == .badRequest)
            }
        }
    }

    @Test("with its switch the gateway prices baskets itself")
    func pricing() async throws {
        try await ServiceUnderTest.run(.gateway) { service in
            let pricing = BasketPricing(in: service.environment)
            let lines = [("p-01", 2), ("p-24", 1), ("p-99", 3)].map { OrdersService.Line(product: $0, quantity: $1) }
            let found = try await pricing.price(.init(customer: "c-001", lines: lines))
            #expect(found == 2 * 800 + 7930)
        }
    }
}
