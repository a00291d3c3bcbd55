/// What chaos kills.
enum ChaosVictim: Hashable, Sendable {
    case member(FleetMember)
    #if RabbitMQ
        /// The server that is the broker.
        case rabbitMQ
    #endif

    var name: String {
        switch self {
        case .member(let member): member.name
        #if RabbitMQ
            case .rabbitMQ: "rabbitmq"
        #endif
        }
    }
}
