import ClewDurablePatterns
import GRDB
import ServiceLifecycle
import Tracing

/// How a service hears of the facts of others: each message once, in one transaction with what it changes.
///
/// All messages of the topics pass the inbox, those that the service does not care for too: which events it handles may
/// grow, and what it passed over before stays passed over.
struct EventInbox: Sendable {
    private let subscription: Subscription
    private let inbox = Inbox()

    init(_ subscription: Subscription) {
        self.subscription = subscription
    }

    func migrate(_ migrator: inout DatabaseMigrator) {
        inbox.migrate(&migrator)
    }

    /// - Parameter handle: Reads the message and changes the database, within the transaction of the inbox.
    func consumer(
        into database: ShopDatabase,
        in environment: ServiceEnvironment,
        _ handle: @escaping @Sendable (BrokerMessage, any Span, Database) throws -> Void
    ) -> any Service {
        Consumer(subscription, environment: environment) { delivery, span in
            let message = delivery.message
            _ = try await inbox.process(message.id, by: subscription.queue, in: database.writer, span: span) { db in
                try handle(message, span, db)
            }
        }
    }
}
