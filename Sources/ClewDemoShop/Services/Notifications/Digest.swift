import ClewDurablePatterns
import GRDB
import Hummingbird
import ServiceLifecycle
import Tracing

/// Counts the events of orders, many at once: what a day's mail to the shop is made of.
struct Digest: Sendable {
    struct Count: ResponseCodable, FetchableRecord, Hashable {
        /// Of events.
        var type: String
        var count: Int
    }

    static let schema = "CREATE TABLE digest (type TEXT PRIMARY KEY, count INTEGER NOT NULL);"

    private static let subscription = Subscription.digest
    private static let batch = 20
    private static let insert = """
        INSERT INTO digest VALUES (?, 1) ON CONFLICT (type) DO UPDATE SET count = count + 1
        """

    private let database: ShopDatabase

    init(in database: ShopDatabase) {
        self.database = database
    }

    func consumer(in environment: ServiceEnvironment) -> any Service {
        Consumer(batchesOf: Self.subscription, environment: environment, size: Self.batch) { deliveries, _ in
            for delivery in deliveries { try await count(delivery.message) }
        }
    }

    /// Each message has its own transaction: one that was counted stays so when a later one of its batch fails and all
    /// come again. A batch has no outcome of its own, so its span is not given one.
    func count(_ message: BrokerMessage) async throws {
        _ = try await Letters.inbox.process(message.id, by: Self.subscription.queue, in: database.writer) { db in
            try db.execute(sql: Self.insert, arguments: [message.type])
        }
    }

    func counts() async throws -> [Count] {
        try await database.read(from: "digest", "SELECT type, count FROM digest ORDER BY type") { db, sql in
            try Count.fetchAll(db, sql: sql)
        }
    }
}
