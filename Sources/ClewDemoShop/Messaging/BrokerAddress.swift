import AsyncHTTPClient
import Logging

/// Which broker the services of a shop use.
public struct BrokerAddress: Hashable, Sendable {
    private enum Kind: Hashable, Sendable {
        case embedded(ServerURL)
        #if RabbitMQ
            case rabbitMQ(AMQPAddress)
        #endif
    }

    /// What `messaging.system` says of the shop's own broker.
    static let embeddedSystem = "clew_shop"

    private let kind: Kind

    /// The shop's own broker at its default port.
    public static let standard = BrokerAddress(kind: .embedded(ServerURL(standard: .broker)))

    private init(kind: Kind) {
        self.kind = kind
    }

    /// Reads the address of the shop's own broker, `HOST:PORT` or `http://HOST:PORT`, or of a RabbitMQ server,
    /// `amqp://USER:PASSWORD@HOST:PORT/VHOST`, which only a build with the trait `RabbitMQ` knows.
    ///
    /// - Throws: ``ShopError/Code/malformedAddress``; its message does not tell a password.
    public init(parsing text: String) throws(ShopError) {
        if text.hasPrefix(AMQPAddress.scheme) {
            kind = try Self.rabbitMQ(AMQPAddress(parsing: text))
        } else if text.hasPrefix("amqps://") {
            throw ShopError(.malformedAddress, "the shop does not speak AMQP over TLS: give an address with amqp://")
        } else {
            kind = .embedded(try ServerURL(parsing: text))
        }
    }

    private static func rabbitMQ(_ address: AMQPAddress) throws(ShopError) -> Kind {
        #if RabbitMQ
            .rabbitMQ(address)
        #else
            throw ShopError(
                .malformedAddress,
                """
                the broker \(address) is a RabbitMQ server, and this program was built without its client: install \
                librabbitmq-dev and build with 'swift build --traits RabbitMQ'
                """)
        #endif
    }

    /// Without a password.
    var url: String {
        switch kind {
        case .embedded(let server): server.url
        #if RabbitMQ
            case .rabbitMQ(let address): address.description
        #endif
        }
    }

    var messagingSystem: String {
        switch kind {
        case .embedded: Self.embeddedSystem
        #if RabbitMQ
            case .rabbitMQ: AMQPBroker.system
        #endif
        }
    }

    /// What the queues of a RabbitMQ server hold now; `nil` for the shop's own broker, whose file tells more.
    ///
    /// Blocks until the server has answered, or not in time.
    func queueCounts() -> Result<[Subscription: QueueCounts], ShopError>? {
        switch kind {
        case .embedded: nil
        #if RabbitMQ
            case .rabbitMQ(let address): AMQPQueues.counts(at: address)
        #endif
        }
    }

    /// The broker as a process sees it.
    ///
    /// - Parameters:
    ///   - process: Which one, as `orders-1`.
    ///   - client: Lives as long as the process.
    func broker(for process: String, client: HTTPClient, logger: Logger) -> any MessageBroker {
        switch kind {
        case .embedded(let server): HTTPBroker(url: server.url, client: client)
        #if RabbitMQ
            case .rabbitMQ(let address): AMQPBroker(address, name: process, logger: logger)
        #endif
        }
    }
}
