import HTTPTypes
import HummingbirdTesting
import Testing
import Tracing

@testable import ClewDemoShop

@Suite("The history of orders")
struct OrderHistoryTests {
    private let lines = [OrdersService.Line(product: "p-01", quantity: 2)]

    private func placed(_ order: String, lines: [OrdersService.Line]? = nil) throws -> BrokerMessage {
        let time: UInt64? = lines == nil ? nil : 1_000
        let event = OrderPlaced(order: order, customer: "c-001", totalCents: 1600, lines: lines, placedAt: time)
        return try event.message()
    }

    /// The customer's history after these messages, newest order first.
    private func history(_ messages: [BrokerMessage]) async throws -> [OrderHistoryService.Entry] {
        try await ServiceUnderTest.run(.orderHistory) { service in
            let history = try OrderHistoryService(in: service.environment)
            for message in messages {
                try await withSpan("process") { span in try await history.handle(message, span) }
            }
            return try await history.orders(of: try ShopID("c-001"))
        }
    }

    @Test("both versions of a placement are shown, the first without what it lacks")
    func versions() async throws {
        let entries = try await history([placed("o-1"), placed("o-2", lines: lines)])
        #expect(entries.map(\.id) == ["o-2", "o-1"])
        #expect(entries.map(\.lines) == [lines, nil])
        #expect(entries.map(\.placedAt) == [1_000, nil])
        #expect(entries.map(\.state) == [.pending, .pending])
    }

    @Test("an order is followed to its end, and messages that come again change nothing")
    func life() async throws {
        let confirmed = try OrderConfirmed(order: "o-1").message()
        let refunded = try PaymentRefunded(order: "o-1", amountCents: 1600).message()
        let all = [try placed("o-1", lines: lines), confirmed, refunded, confirmed, try placed("o-1", lines: lines)]
        let entries = try await history(all)
        #expect(entries.map(\.state) == [.returned])
    }

    @Test("a cancelled order keeps its reason, and a refund is no return of it")
    func cancelled() async throws {
        let entries = try await history([
            placed("o-1", lines: lines), OrderCancelled(order: "o-1", reason: "out of stock").message(),
            PaymentRefunded(order: "o-1", amountCents: 1600).message(),
        ])
        #expect(entries.map(\.state) == [.cancelled])
        #expect(entries.map(\.reason) == ["out of stock"])
    }

    @Test("a version that is unknown is refused, an event that is unknown passed over")
    func tolerance() throws {
        var future = try placed("o-1", lines: lines)
        future.type = "OrderPainted"
        #expect(try HistoryEvent(future) == nil)
        future.type = OrderPlaced.type
        future.schemaVersion = 3
        #expect(throws: (any Error).self) { try HistoryEvent(future) }
    }

    @Test(
        "an order that is not known yet is a 404, and what is no id a 400", arguments: [("o-9", 404), ("o%2F9", 400)])
    func lookup(id: String, status: Int) async throws {
        try await ServiceUnderTest.run(.orderHistory) { service in
            try await service.routes { client in
                let response = try await client.execute(uri: "/orders/\(id)", method: .get)
                #expect(response.status.code == status)
            }
        }
    }
}
