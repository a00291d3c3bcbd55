#if RabbitMQ
    /// What a link's thread keeps and does beside the jobs that it is given; only that thread touches it.
    protocol AMQPLinkState: SendableMetatype {
        /// How long the thread waits for a job before a turn.
        static var patience: Duration { get }

        /// There is a new session.
        mutating func begin(_ session: AMQPSession) throws(ShopError)

        /// Between jobs: reads what the server sent, which also keeps up the heartbeat.
        mutating func turn(_ session: AMQPSession) throws(ShopError)

        /// The session is gone, and all that it leased; or none could be had.
        mutating func end(_ error: ShopError)
    }
#endif
