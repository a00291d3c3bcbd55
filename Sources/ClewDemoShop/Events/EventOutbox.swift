import ClewDurablePatterns
import GRDB
import ServiceLifecycle

/// How a service tells its facts: written with the change that they are about, published later by one relay.
struct EventOutbox: Sendable {
    private let outbox = Outbox()

    func migrate(_ migrator: inout DatabaseMigrator) {
        outbox.migrate(&migrator)
        LeaderLease.migrate(&migrator)
    }

    /// Writes an event into the transaction of the change, with the context of the current span.
    func append(_ event: some TopicEvent, in db: Database) throws {
        try outbox.append(try event.outboxMessage(), in: db)
    }

    /// The relay of this instance, and the lease by which one of all instances relays.
    func relay(from database: ShopDatabase, in environment: ServiceEnvironment) -> [any Service] {
        let name = "\(environment.name)-outbox"
        let lease = LeaderLease(
            name: name,
            owner: environment.instanceID,
            database: database.writer,
            logger: environment.logger
        )
        let relay = OutboxRelay(
            name: name,
            outbox: outbox,
            database: database.writer,
            lease: lease,
            messagingSystem: environment.messagingSystem,
            logger: environment.logger,
            publish: { [broker = environment.broker] relayed in
                let message = BrokerMessage(relayed.message, headers: relayed.headers)
                try await broker.publish(message, to: relayed.message.aggregateType)
            }
        )
        return [lease, relay]
    }
}
