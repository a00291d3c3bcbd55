import ClewPatterns
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import ClewDemoShop

@Suite("A shop without a pattern")
struct ShopPatternTests {
    private struct Failure: Error {}

    @Test("patterns are separated by commas, and an unknown one is refused with the names of all")
    func names() throws {
        #expect(try ShopPattern.set(parsing: " breaker, ,retry-budget") == [.breaker, .retryBudget])
        let error = #expect(throws: ShopError.self) { try ShopPattern.set(parsing: "no-breaker") }
        #expect(error?.code == .unknownPattern)
        #expect(error?.message.contains("retry-budget, bulkhead") == true)
    }

    @Test("switches that say nothing of patterns leave those as they are")
    func replacement() {
        let switches = Switches([.dualWrite], without: [.breaker])
        switches.replace(with: [.noInbox])
        #expect(switches.on == [.noInbox])
        #expect(switches.isWithout(.breaker))
        switches.replace(with: [], without: [.fallback])
        #expect(!switches.isWithout(.breaker))
        #expect(switches.without == [.fallback])
    }

    @Test("patterns can be left out while a service runs, and a wrong one changes nothing")
    func admin() async throws {
        try await ServiceUnderTest.run(.catalog) { service in
            let router = Router(context: BasicRequestContext.self)
            AdminRoutes(service.environment).add(to: router)
            try await Application(router: router).test(.router) { client in
                for (names, status) in [(#"["shedding"]"#, 200), (#"["shed"]"#, 400)] {
                    let body = ByteBuffer(string: #"{"switches": ["dual-write"], "without": \#(names)}"#)
                    let response = try await client.execute(uri: "/admin/switches", method: .post, body: body)
                    #expect(response.status.code == status)
                }
                let list = try await client.execute(uri: "/admin/switches", method: .get)
                    .decoded(as: AdminRoutes.SwitchList.self)
                #expect(list.without == ["shedding"])
                #expect(list.switches == ["dual-write"])
            }
        }
    }

    @Test("without shedding the gateway takes what it would have refused", arguments: [true, false])
    func shedding(isWithout: Bool) async throws {
        let entry = GatewayEntry(
            shedder: LoadShedder(name: "test", capacity: 10, shares: [.sheddable: 0, .critical: 1]),
            switches: Switches(without: isWithout ? [.shedding] : []))
        let router = Router(context: BasicRequestContext.self)
        router.group().add(middleware: entry.middleware(.sheddable, within: .seconds(5))).get("/") { _, _ in "page" }
        try await Application(router: router).test(.router) { client in
            let response = try await client.execute(uri: "/", method: .get)
            #expect(response.status.code == (isWithout ? 200 : 503))
        }
    }

    @Test("without fallbacks a part that fails, fails the page")
    func fallback() async throws {
        let part: String? = try await optional("part", Switches()) { throw Failure() }
        #expect(part == nil)
        await #expect(throws: Failure.self) {
            let _: String? = try await optional("part", Switches(without: [.fallback])) { throw Failure() }
        }
    }

    @Test("what is left out is not in the policy of a call, and the rest is")
    func policies() async throws {
        try await ServiceUnderTest.run(.gateway) { service in
            let orders = try service.environment.upstream(.orders)
            let request = UpstreamRequest(method: .GET, path: "/")
            #expect(orders.guarding(request).breaker != nil)
            service.environment.switches.replace(with: [], without: [.breaker, .bulkhead])
            let policy = orders.guarding(request)
            #expect(policy.breaker == nil)
            #expect(policy.bulkhead == nil)
            #expect(policy.retry != nil)
        }
    }
}
