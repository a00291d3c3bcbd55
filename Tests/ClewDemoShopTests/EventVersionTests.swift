import ClewDurablePatterns
import Testing

@testable import ClewDemoShop

@Suite("Events as messages")
struct EventVersionTests {
    private let placement = OrderAggregate.Placement(
        id: "o-1", customer: "c-001", lines: [.init(product: "p-01", quantity: 2)], totalCents: 1600, placedAt: 7)

    private func message(_ payload: String, version: Int = 1, type: String = OrderPlaced.type) -> BrokerMessage {
        BrokerMessage(id: "m-1", type: type, schemaVersion: version, key: "o-1", payload: payload, headers: [:])
    }

    @Test("a placement is written in the version that it is told, and read again", arguments: [1, 2])
    func roundTrip(version: Int) throws {
        let event = try #require(OrderAnnouncement.of(.placed(placement), order: "o-1", version: version))
        let message = try event.message()
        #expect(message.schemaVersion == version)
        #expect(message.payload.contains("placedAt") == (version == 2))
        let read = try #require(try OrderPlaced(message))
        #expect(read.totalCents == 1600)
        #expect(read.lines == (version == 2 ? placement.lines : nil))
    }

    @Test("fields that are unknown are passed over")
    func unknownField() throws {
        let text = #"{"order":"o-1","customer":"c-001","totalCents":5,"coupon":{"code":"x"}}"#
        #expect(try OrderPlaced(message(text)) == OrderPlaced(order: "o-1", customer: "c-001", totalCents: 5))
    }

    @Test("an event of another type is none of these")
    func otherType() throws {
        #expect(try OrderPlaced(message("garbage", version: 9, type: "OrderPainted")) == nil)
    }

    @Test("versions and payloads that cannot be read are refused for good", arguments: [0, 3, 1])
    func poison(version: Int) {
        let payload = version == 1 ? #"{"order":"o-1"}"# : #"{"order":"o-1","customer":"c","totalCents":1}"#
        let error = #expect(throws: ShopError.self) { try OrderPlaced(message(payload, version: version)) }
        #expect(error?.code == .refusedMessage)
    }

    @Test("an event told twice has one id")
    func identity() throws {
        let ids = try [1, 2].map { _ in try OrderConfirmed(order: "o-1").outboxMessage().id }
        #expect(Set(ids) == ["o-1/OrderConfirmed"])
        #expect(try OrderCancelled(order: "o-1", reason: "no").outboxMessage().id != ids[0])
    }
}
