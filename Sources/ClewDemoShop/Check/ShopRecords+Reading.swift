import ClewDurablePatterns
import Foundation
import GRDB

extension ShopRecords {
    private static let batch = 1000

    /// - Parameters:
    ///   - directory: Where the services keep their files.
    ///   - broker: A RabbitMQ server, which is asked what its queues hold; otherwise the broker's own file tells.
    /// - Throws: Errors of the database, and what cannot be read of what the services stored.
    init(directory: URL, broker: BrokerAddress? = nil) throws {
        self.init()
        try read(.orders, in: directory, required: true) { try $0.readOrders($1) }
        try read(.payments, in: directory, required: true) { try $0.readPayments($1) }
        try read(.inventory, in: directory, required: true) { try $0.readInventory($1) }
        try read(.shipping, in: directory, required: true) { try $0.readShipping($1) }
        let readers: [ServiceName] = [.notifications, .orderHistory, .recommendations]
        for name in readers { try read(name, in: directory) { _, _ in } }
        if let answer = broker?.queueCounts() {
            addQueues(answer)
        } else {
            try read(.broker, in: directory) { try $0.readBroker($1) }
        }
        addRefundsTold()
    }

    /// Reads a service's file in one snapshot, and of each the outbox and the inbox.
    private mutating func read(
        _ name: ServiceName,
        in directory: URL,
        required: Bool = false,
        _ body: (inout ShopRecords, Database) throws -> Void
    ) throws {
        let path = directory.appendingPathComponent("\(name).sqlite").path
        guard FileManager.default.fileExists(atPath: path) else {
            if required { missing.append(name) }
            return
        }
        files.insert(name)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        var records = self
        try DatabaseQueue(path: path, configuration: configuration).read { db in
            try body(&records, db)
            if try db.tableExists("outbox") { records.pending[name] = try Outbox().pendingCount(db) }
            guard try db.tableExists("inbox") else { return }
            for row in try Row.fetchAll(db, sql: "SELECT consumer, messageid FROM inbox") {
                let consumer: String = try row.stored("consumer")
                records.heard[consumer, default: []].insert(try row.stored("messageid"))
            }
        }
        self = records
    }

    private mutating func readOrders(_ db: Database) throws {
        let store = EventStore<OrderAggregate>()
        var position: Int64 = 0
        while true {
            let events = try store.events(after: position, limit: Self.batch, in: db)
            for event in events { add(event.event, of: event.stream) }
            guard let last = events.last else { break }
            position = last.position
        }
        sagas = try Row.fetchAll(db, sql: "SELECT * FROM clew_saga").map { row in
            let obstacle: String? = try row.stored("obstacle")
            let reason: String? = try row.stored("reason")
            return Saga(
                id: try row.stored("id"), phase: try row.stored("phase"), step: try row.stored("stepname"),
                reason: obstacle ?? reason)
        }
    }

    private mutating func add(_ event: OrderAggregate.Event, of order: String) {
        orders[order, default: OrderAggregate()].apply(event)
        guard let told = OrderAnnouncement.of(event, order: order, version: 1) else { return }
        add(told)
    }

    private mutating func add(_ event: any TopicEvent) {
        told[event.topic.rawValue, default: []].insert(event.messageID)
    }

    private mutating func readPayments(_ db: Database) throws {
        charges = try Row.fetchAll(db, sql: "SELECT \"order\", amountCents, state FROM charges").map { row in
            let state: String = try row.stored("state")
            return Charge(
                order: try row.stored("order"), amountCents: try row.stored("amountCents"),
                isRefunded: state == "refunded")
        }
    }

    private mutating func readInventory(_ db: Database) throws {
        let reserved = """
            SELECT product, initial, available, (
                SELECT COALESCE(SUM(quantity), 0) FROM reservations AS r JOIN holders USING ("order")
                WHERE r.product = stock.product AND state = 'reserved'
            ) AS reserved FROM stock
            """
        stock = try Row.fetchAll(db, sql: reserved).map { row in
            Stock(
                product: try row.stored("product"), initial: try row.stored("initial"),
                available: try row.stored("available"), reserved: try row.stored("reserved"))
        }
        for row in try Row.fetchAll(db, sql: "SELECT \"order\", state, items FROM holders") {
            let order: String = try row.stored("order")
            let state: String = try row.stored("state")
            holders[order] = state
            if state == "restocked" { add(ItemsRestocked(order: order, items: try row.stored("items"))) }
        }
    }

    private mutating func readShipping(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT \"order\", state FROM shipments") {
            let order: String = try row.stored("order")
            let state: String = try row.stored("state")
            shipments[order] = state
            if state == "returned" { add(ReturnReceived(order: order)) }
        }
    }

    private mutating func readBroker(_ db: Database) throws {
        var queues: [String: Queue] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT topic, queue FROM bindings") {
            let queue: String = try row.stored("queue")
            queues[queue, default: Queue()].topics.insert(try row.stored("topic"))
        }
        for row in try Row.fetchAll(db, sql: "SELECT queue, COUNT(*) AS depth FROM deliveries GROUP BY queue") {
            let queue: String = try row.stored("queue")
            queues[queue, default: Queue()].depth = try row.stored("depth")
        }
        let dead = "SELECT queue, json_extract(message, '$.id') AS id FROM deadLetters"
        for row in try Row.fetchAll(db, sql: dead) {
            let queue: String = try row.stored("queue")
            queues[queue, default: Queue()].dead.insert(try row.stored("id"))
        }
        self.queues = queues
    }

    /// Payments tell of each return that they heard of.
    private mutating func addRefundsTold() {
        let ids = heard[Subscription.paymentsReturns.queue] ?? []
        for (order, state) in holders where state == "restocked" && ids.contains(ItemsRestocked.messageID(of: order)) {
            add(PaymentRefunded(order: order, amountCents: 0))
        }
    }
}
