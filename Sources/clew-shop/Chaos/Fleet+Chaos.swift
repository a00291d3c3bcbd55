extension Fleet {
    /// All that the fleet starts and its services depend on.
    var victims: [ChaosVictim] {
        let services = members.map { ChaosVictim.member($0) }
        #if RabbitMQ
            if case .rabbitMQ = broker { return services + [.rabbitMQ] }
        #endif
        return services
    }

    /// Ends a victim by SIGKILL, and waits until it is gone.
    func kill(_ victim: ChaosVictim) async {
        switch victim {
        case .member(let member): await kill(member)
        #if RabbitMQ
            case .rabbitMQ: await server?.kill()
        #endif
        }
    }

    /// Starts a victim again where it listened before, and waits until it does.
    mutating func start(_ victim: ChaosVictim) async throws {
        switch victim {
        case .member(let member): try await start([member])
        #if RabbitMQ
            case .rabbitMQ: try await startServer()
        #endif
        }
    }
}
