import ClewDemoShop
import Foundation

extension Fleet {
    /// More than a broker needs that listens; one that refuses the shop is to be heard of soon.
    private static let declareLimit = Duration.seconds(15)

    /// How services are told of the broker; `nil` where the fleet's own has not been started yet.
    var brokerText: String? {
        switch broker {
        case .own: running[.broker]?.address
        case .foreign(let address): address
        #if RabbitMQ
            case .rabbitMQ: server?.node.address
        #endif
        }
    }

    var brokerAddress: BrokerAddress? {
        get throws { try brokerText.map { text throws(ShopError) in try BrokerAddress(parsing: text) } }
    }

    /// Makes all queues before anybody publishes, since a broker keeps nothing that no queue is there for.
    func declareQueues() async throws {
        try await brokerAddress?.declareQueues(within: Self.declareLimit)
    }

    #if RabbitMQ
        /// Starts the RabbitMQ server where there is to be one, also after it was killed, and waits until it listens.
        mutating func startServer() async throws {
            guard case .rabbitMQ(let program) = broker else { return }
            if server == nil { server = try await RabbitMQServer(program: program, in: directory) }
            try await server?.start()
        }
    #endif
}
