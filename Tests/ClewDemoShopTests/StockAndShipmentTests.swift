import ClewDurablePatterns
import GRDB
import Hummingbird
import Testing

@testable import ClewDemoShop

@Suite("Stock and shipments, each once for an order")
struct StockAndShipmentTests {
    private func withStock(_ test: @escaping @Sendable (Database) throws -> Void) async throws {
        try await ServiceUnderTest.run(.inventory) { service in
            try await service.environment.openDatabase(schema: StockRoom.schema).writer.write(test)
        }
    }

    private func withCarriers(_ test: @escaping @Sendable (Database) throws -> Void) async throws {
        try await ServiceUnderTest.run(.shipping) { service in
            try await service.environment.openDatabase(schema: CarrierBook.schema).writer.write(test)
        }
    }

    private static func reserve(_ order: String, _ quantities: [Int], in db: Database) throws -> Int {
        let lines = quantities.map { OrdersService.Line(product: "p-24", quantity: $0) }
        return try StockRoom.reserve(.init(order: order, lines: lines), in: db)
    }

    private static func available(_ db: Database) throws -> Int? {
        try Int.fetchOne(db, sql: "SELECT available FROM stock WHERE product = 'p-24'")
    }

    @Test("a reservation that is asked for twice is made once, of all its lines")
    func reserveTwice() async throws {
        try await withStock { db in
            let found = try Self.reserve("o-1", [2, 1], in: db)
            #expect(found == 3)
            #expect(try Self.reserve("o-1", [2, 1], in: db) == 3)
            #expect(try Self.available(db) == 2)
        }
    }

    @Test("what is out of stock, or not sold at all, is named")
    func outOfStock() async throws {
        try await withStock { db in
            let error = #expect(throws: HTTPError.self) { try Self.reserve("o-1", [6], in: db) }
            #expect(error?.body?.contains("p-24") == true)
            #expect(throws: HTTPError.self) {
                try StockRoom.reserve(.init(order: "o-2", lines: [.init(product: "p-99", quantity: 1)]), in: db)
            }
        }
    }

    @Test("what is given back is there again, once, and the order gets none of it later")
    func giveBack() async throws {
        try await withStock { db in
            _ = try Self.reserve("o-1", [3], in: db)
            #expect(try StockRoom.giveBack("o-1", as: "released", in: db) == 3)
            #expect(try StockRoom.giveBack("o-1", as: "released", in: db) == 0)
            #expect(try Self.available(db) == 5)
            #expect(throws: HTTPError.self) { try Self.reserve("o-1", [3], in: db) }
        }
    }

    @Test("a reservation that comes after its release is too late")
    func lateReservation() async throws {
        try await withStock { db in
            let found = try StockRoom.giveBack("o-1", as: "released", in: db)
            #expect(found == 0)
            #expect(throws: HTTPError.self) { try Self.reserve("o-1", [1], in: db) }
            #expect(try Self.available(db) == 5)
        }
    }

    @Test("the smallest carrier that takes it comes", arguments: [(1, "bicycle"), (20, "van"), (21, "lorry")])
    func carrier(items: Int, name: String) async throws {
        try await withCarriers { db in
            let found = try CarrierBook.carrier(for: items, in: db)
            #expect(found == name)
        }
    }

    @Test("a carrier is booked once, and not after its cancellation")
    func book() async throws {
        try await withCarriers { db in
            let first = try CarrierBook.book("o-1", with: "van", in: db)
            #expect(try CarrierBook.book("o-1", with: "lorry", in: db) == first)
            #expect(try CarrierBook.cancel("o-1", in: db))
            #expect(try !CarrierBook.cancel("o-1", in: db))
            #expect(throws: HTTPError.self) { try CarrierBook.book("o-1", with: "van", in: db) }
            #expect(try !CarrierBook.cancel("o-2", in: db))
            #expect(throws: HTTPError.self) { try CarrierBook.book("o-2", with: "van", in: db) }
        }
    }

    @Test("a file that holds another type than it should is an error, and no crash")
    func otherTypes() async throws {
        try await withStock { db in
            try db.execute(sql: "INSERT INTO holders VALUES ('o-1', 'many', 'reserved')")
            #expect(throws: DurableError.self) { try Self.reserve("o-1", [1], in: db) }
        }
        try await withCarriers { db in
            try db.execute(sql: "INSERT INTO shipments VALUES ('o-1', 's-1', NULL, 'booked')")
            #expect(throws: DurableError.self) { try CarrierBook.book("o-1", with: "van", in: db) }
        }
    }
}
