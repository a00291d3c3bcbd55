import ClewDurablePatterns
import Foundation
import GRDB
import Testing
import Tracing

@testable import ClewDemoShop

/// The files of the four services of a checkout, in one directory.
private struct ShopFiles {
    let environment: ServiceEnvironment
    let store: OrderStore
    let payments: ShopDatabase
    let inventory: ShopDatabase
    let shipping: ShopDatabase

    init(_ environment: ServiceEnvironment) throws {
        self.environment = environment
        let outbox = EventOutbox()
        func open(
            _ name: ServiceName, _ schema: String, _ migrations: (inout DatabaseMigrator) -> Void
        ) throws -> ShopDatabase {
            var own = environment
            own.name = name
            return try own.openDatabase(schema: schema) { migrator in
                outbox.migrate(&migrator)
                migrations(&migrator)
            }
        }
        let orders = try open(.orders, "") { migrator in
            OrderStore.migrate(&migrator)
            OrderReturns.inbox.migrate(&migrator)
            Checkout.Orchestrator.migrate(&migrator)
        }
        store = OrderStore(database: orders, outbox: outbox, flags: try OrderFlags(), switches: environment.switches)
        payments = try open(.payments, ChargeBook.schema) { ReturnRefunds.inbox.migrate(&$0) }
        inventory = try open(.inventory, StockRoom.schema) { Restocking.inbox.migrate(&$0) }
        shipping = try open(.shipping, CarrierBook.schema) { ReturnArrivals.inbox.migrate(&$0) }
    }

    /// An order whose saga completed.
    func fulfil(_ id: String) async throws {
        let lines = [OrdersService.Line(product: "p-24", quantity: 2)]
        let placement = OrderAggregate.Placement(
            id: id, customer: "c-001", lines: lines, totalCents: 15_860, placedAt: 1)
        try await store.place(placement, isAnnounced: true) { _ in }
        let charge = PaymentsService.NewCharge(order: id, customer: "c-001", amountCents: 15_860)
        try await payments.writer.write { db in
            let found = try ChargeBook.charge(charge, key: "k", isGuarded: true, in: db).status
            #expect(found == 201)
        }
        try await inventory.writer.write { db in _ = try StockRoom.reserve(.init(order: id, lines: lines), in: db) }
        try await shipping.writer.write { db in _ = try CarrierBook.book(id, with: "van", in: db) }
        try await store.database.writer.write { db in _ = try store.change(id, in: db) { try $0.confirm() } }
    }

    /// Takes what is in an outbox, as a relay does.
    func takeMessages(from database: ShopDatabase) async throws -> [BrokerMessage] {
        try await database.writer.write { db in
            let rows = try Row.fetchAll(db, sql: "SELECT * FROM outbox ORDER BY sequence")
            try db.execute(sql: "DELETE FROM outbox")
            return rows.map { row in
                BrokerMessage(
                    id: row["id"], type: row["type"], schemaVersion: row["schemaversion"], key: row["aggregateid"],
                    payload: row["payload"], headers: [:])
            }
        }
    }

    /// Carries each message to its consumer, and on, until the customer has the money back.
    func carryReturn() async throws {
        let outbox = store.outbox
        let arrivals = ReturnArrivals(database: shipping, outbox: outbox, environment: environment)
        let restocking = Restocking(database: inventory, outbox: outbox, environment: environment)
        let refunds = ReturnRefunds(database: payments, outbox: outbox, environment: environment)
        let returns = OrderReturns(store: store, in: environment)
        try await carry(from: store.database, to: shipping, arrivals.handle)
        try await carry(from: shipping, to: inventory, restocking.handle)
        try await carry(from: inventory, to: payments, refunds.handle)
        try await carry(from: payments, to: store.database, returns.handle)
    }

    private func carry(
        from source: ShopDatabase, to target: ShopDatabase,
        _ handle: @escaping @Sendable (BrokerMessage, any Tracing.Span, Database) throws -> Void
    ) async throws {
        for message in try await takeMessages(from: source) {
            try await withSpan("process") { span in
                try await target.writer.write { db in try handle(message, span, db) }
            }
        }
    }
}

@Suite("What the services leave in their files")
struct ShopFilesTests {
    private func withFiles(
        _ test: (ShopFiles, _ audit: () throws -> ShopAudit.Report) async throws -> Void
    ) async throws {
        try await ServiceUnderTest.run(.orders) { service in
            let directory = service.environment.dataDirectory
            try await test(try ShopFiles(service.environment)) { try ShopAudit.check(directory: directory) }
        }
    }

    @Test("an order that was fulfilled is sound once its events are published")
    func fulfilled() async throws {
        try await withFiles { files, audit in
            try await files.fulfil("o-1")
            #expect(try audit().problems.map(\.kind) == [.unpublishedEvent])
            let types = try await files.takeMessages(from: files.store.database).map(\.type)
            #expect(types == ["OrderPlaced", "OrderConfirmed"])
            let report = try audit()
            #expect(report.problems == [])
            #expect(report.orders == ["confirmed": 1])
        }
    }

    @Test("a second charge is found in the files")
    func secondCharge() async throws {
        try await withFiles { files, audit in
            try await files.fulfil("o-1")
            _ = try await files.takeMessages(from: files.store.database)
            let charge = PaymentsService.NewCharge(order: "o-1", customer: "c-001", amountCents: 15_860)
            try await files.payments.writer.write { db in
                _ = try ChargeBook.charge(charge, key: "k", isGuarded: false, in: db)
            }
            #expect(try audit().problems.map(\.kind) == [.chargedTwice])
        }
    }

    @Test("a return passes four services: the stock is there again, the money is back, the order is returned")
    func returned() async throws {
        try await withFiles { files, audit in
            try await files.fulfil("o-1")
            #expect(try await files.store.requestReturn(of: "o-1").state == .confirmed)
            try await files.carryReturn()
            #expect(try await files.store.order("o-1").state == .returned)
            let available = try await files.inventory.writer.read { db in
                try Int.fetchOne(db, sql: "SELECT available FROM stock WHERE product = 'p-24'")
            }
            #expect(available == 5)
            #expect(try audit().problems == [])
        }
    }

    @Test("a directory without a shop is not sound")
    func empty() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("none-\(UUID().uuidString)")
        let report = try ShopAudit.check(directory: directory)
        #expect(report.problems.map(\.kind) == Array(repeating: .unreadable, count: 4))
    }
}
