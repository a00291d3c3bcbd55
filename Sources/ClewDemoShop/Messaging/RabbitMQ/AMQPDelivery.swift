#if RabbitMQ
    /// A message as the server hands it out.
    struct AMQPDelivery: Sendable {
        /// Names the delivery on its connection.
        var tag: UInt64
        var routingKey: String
        var message: AMQPMessage
    }
#endif
