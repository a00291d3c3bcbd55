import Foundation

/// Which broker the services of a fleet use.
enum FleetBroker: Sendable {
    /// The shop's own, a process of the fleet.
    case own
    /// One that runs already and is somebody else's; its address, as `amqp://127.0.0.1:5672`.
    case foreign(String)
    #if RabbitMQ
        /// A RabbitMQ server that the fleet starts.
        case rabbitMQ(program: URL)
    #endif
}
