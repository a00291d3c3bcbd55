/// A message of an outbox on its way to the broker.
public struct RelayedMessage: Hashable, Sendable {
    public var message: OutboxMessage
    /// The context of the relay's span, for the headers of the message. Its id, type and version are not in here.
    public var headers: [String: String]
    /// From the change that appended the message to this attempt.
    public var lag: Duration
    /// From 1; after the first one the message may have been published before.
    public var attempt: Int

    public init(message: OutboxMessage, headers: [String: String], lag: Duration, attempt: Int) {
        self.message = message
        self.headers = headers
        self.lag = lag
        self.attempt = attempt
    }
}
