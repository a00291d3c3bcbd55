#if RabbitMQ
    /// The state of the link that publishes.
    struct AMQPPublisher: AMQPLinkState {
        /// Short beside the heartbeat's interval.
        static let patience = Duration.milliseconds(500)

        mutating func begin(_ session: AMQPSession) throws(ShopError) {
            try AMQPTopology.declareExchange(on: session)
            try session.confirmPublications()
        }

        mutating func turn(_ session: AMQPSession) throws(ShopError) {
            _ = try session.nextDelivery(within: .zero)
        }

        mutating func end(_ error: ShopError) {}
    }
#endif
