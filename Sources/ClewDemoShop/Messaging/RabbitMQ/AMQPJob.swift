#if RabbitMQ
    /// What a link's thread is asked to do.
    struct AMQPJob<State: AMQPLinkState>: Sendable {
        /// When it is too late to begin.
        var deadline: ContinuousClock.Instant
        var run: @Sendable (inout State, AMQPSession) -> Void
        /// Called instead of `run`.
        var fail: @Sendable (ShopError) -> Void
    }
#endif
