import ClewDurablePatterns
import GRDB
import Testing
import Tracing

@testable import ClewDemoShop

@Suite("Notifications")
struct NotificationTests {
    /// Delivers one message twice.
    ///
    /// - Returns: The letters about it.
    private func letters(_ service: ServiceUnderTest) async throws -> [Letter] {
        let environment = service.environment
        let database = try environment.openDatabase(schema: Letters.schema) { Letters.inbox.migrate(&$0) }
        let letters = Letters(in: database, of: environment)
        let message = try OrderConfirmed(order: "o-1").message()
        for _ in 0..<2 {
            try await withSpan("process") { span in try await letters.handle(message, span) }
        }
        return try await letters.about(try ShopID("o-1"))
    }

    @Test("a message that comes twice is one letter, and without an inbox two")
    func duplicates() async throws {
        let letter = Letter(order: "o-1", text: "your order is on its way")
        try await ServiceUnderTest.run(.notifications) { service in
            let found = try await letters(service)
            #expect(found == [letter])
        }
        try await ServiceUnderTest.run(.notifications, switches: [.noInbox]) { service in
            let found = try await letters(service)
            #expect(found == [letter, letter])
        }
    }

    @Test("only with its switch are letters noted in the file of the orders", arguments: [false, true])
    func sharedFile(isShared: Bool) async throws {
        try await ServiceUnderTest.run(.notifications, switches: isShared ? [.sharedDB] : []) { service in
            _ = try await letters(service)
            let orders = try service.environment.openDatabase(of: .orders)
            let tables = try await orders.writer.read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema") }
            #expect(tables.contains("notified") == isShared)
        }
    }

    @Test("a digest counts each message once, however its batches are cut")
    func digest() async throws {
        try await ServiceUnderTest.run(.notifications) { service in
            let database = try service.environment.openDatabase(schema: Digest.schema) { Letters.inbox.migrate(&$0) }
            let digest = Digest(in: database)
            let messages = try (0..<3).map { try OrderConfirmed(order: "o-\($0)").message(id: "m-\($0)") }
            for message in messages + messages.prefix(2) { try await digest.count(message) }
            #expect(try await digest.counts() == [Digest.Count(type: "OrderConfirmed", count: 3)])
        }
    }
}

@Suite("Bestsellers")
struct BestsellerTests {
    private func placed(_ order: String, _ product: String, _ quantity: Int?) throws -> BrokerMessage {
        let lines = quantity.map { [OrdersService.Line(product: product, quantity: $0)] }
        return try OrderPlaced(order: order, customer: "c-001", totalCents: 1, lines: lines).message()
    }

    @Test("confirmed orders count, those that wait, were cancelled or say nothing of lines do not")
    func top() async throws {
        try await ServiceUnderTest.run(.recommendations) { service in
            let bestsellers = try Bestsellers(in: service.environment)
            let messages = [
                try placed("o-1", "p-07", 2), try OrderConfirmed(order: "o-1").message(),
                try placed("o-2", "p-09", 5), try OrderConfirmed(order: "o-2").message(),
                try placed("o-3", "p-11", 9),
                try placed("o-4", "p-12", 9), try OrderCancelled(order: "o-4", reason: "blocked").message(),
                try placed("o-5", "p-13", nil), try OrderConfirmed(order: "o-5").message(),
                try placed("o-6", "p-07", 4), try OrderConfirmed(order: "o-6").message(),
            ]
            try await bestsellers.database.writer.write { db in
                for message in messages { _ = try Bestsellers.count(message, in: db) }
            }
            #expect(try await bestsellers.top() == ["p-07", "p-09", "p-01", "p-02", "p-03", "p-04"])
        }
    }
}
