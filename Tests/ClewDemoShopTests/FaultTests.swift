import Testing

@testable import ClewDemoShop

@Suite("Faults as text")
struct FaultTests {
    @Test(
        "a fault is read and written in one form",
        arguments: [
            "inventory.db=300ms@0.2", "orders=1500ms", "orders->inventory=250ms@0.5", "payments=error@0.1",
            "gateway->orders=error", "catalog=0.5ms",
        ]
    )
    func roundTrip(text: String) throws {
        #expect(try Fault(parsing: text).description == text)
    }

    @Test("units other than milliseconds are read")
    func units() throws {
        #expect(try Fault(parsing: "orders=2s").effect == .delay(.seconds(2)))
    }

    @Test(
        "what is not a fault is refused with what would be right",
        arguments: [
            "", "orders", "orders=", "orders=fast", "orders=300", "orders=-1ms", "orders=61s", "orders=1ms@0",
            "orders=1ms@1.5", "orders=1ms@nan", "orders=1ms@", "orders=1ms@0.1@0.2",
        ]
    )
    func malformed(text: String) {
        let error = #expect(throws: ShopError.self) { try Fault(parsing: text) }
        #expect(error?.code == .malformedFault)
        #expect(error?.message.contains("HOP=DURATION[@SHARE]") == true)
    }

    @Test(
        "an unknown hop is refused with the names of all hops", arguments: ["order", "gateway.db", "orders->gateway"])
    func unknownHop(name: String) {
        let error = #expect(throws: ShopError.self) { try Fault(parsing: "\(name)=1ms") }
        #expect(error?.code == .unknownHop)
        #expect(error?.message.contains("inventory.db") == true)
        #expect(error?.message.contains("orders->inventory") == true)
    }

    @Test("a list is separated by commas, and blanks do not count")
    func list() throws {
        let faults = try Fault.list(parsing: " orders=1ms , , payments=error@0.5,")
        #expect(faults.map(\.description) == ["orders=1ms", "payments=error@0.5"])
        #expect(try Fault.list(parsing: "").isEmpty)
    }

    @Test("a name leads back to its hop, and no two hops share one")
    func names() throws {
        for hop in ShopHop.all { #expect(try ShopHop(name: hop.name) == hop) }
        #expect(Set(ShopHop.all.map(\.name)).count == ShopHop.all.count)
    }

    @Test("a checkout passes six services, five databases and five networks")
    func checkoutPath() {
        #expect(ShopHop.checkoutPath.count == 16)
    }
}
