import ClewDurablePatterns
import ClewModel
import GRDB
import ServiceLifecycle
import Tracing

/// Writes a letter for each event of an order, once.
struct Letters: Sendable {
    static let inbox = Inbox()
    static let schema = """
        CREATE TABLE letters (id INTEGER PRIMARY KEY, "order" TEXT NOT NULL, text TEXT NOT NULL);
        CREATE INDEX lettersOfOrder ON letters ("order", id);
        """

    private static let subscription = Subscription.notifications
    private static let insert = "INSERT INTO letters (\"order\", text) VALUES (?, ?)"

    private let database: ShopDatabase
    private let switches: Switches
    private let orders: OrdersFile

    init(in database: ShopDatabase, of environment: ServiceEnvironment) {
        self.database = database
        switches = environment.switches
        orders = OrdersFile(in: environment)
    }

    func consumer(in environment: ServiceEnvironment) -> any Service {
        Consumer(Self.subscription, environment: environment) { delivery, span in
            try await handle(delivery.message, span)
        }
    }

    /// The inbox and the letter are one transaction. With the switch `no-inbox` a message that comes again is another
    /// letter.
    func handle(_ message: BrokerMessage, _ span: any Tracing.Span) async throws {
        let letter = try Letter(message)
        if let letter { span.attributes[SemanticConventions.orderID] = letter.order }
        if !switches.isOn(.noInbox) {
            let consumer = Self.subscription.queue
            _ = try await Self.inbox.process(message.id, by: consumer, in: database.writer, span: span) { db in
                if let letter { try Self.write(letter, in: db) }
            }
        } else if let letter {
            try await database.write(to: "letters", Self.insert) { db, _ in try Self.write(letter, in: db) }
        }
        if let letter, switches.isOn(.sharedDB) { try await orders.note(letter) }
    }

    func about(_ order: ShopID) async throws -> [Letter] {
        let query = "SELECT \"order\", text FROM letters WHERE \"order\" = ? ORDER BY id"
        return try await database.read(from: "letters", query) { db, sql in
            try Letter.fetchAll(db, sql: sql, arguments: [order.description])
        }
    }

    private static func write(_ letter: Letter, in db: Database) throws {
        try db.execute(sql: insert, arguments: [letter.order, letter.text])
    }
}
