public import Hummingbird
import NIOCore

/// What the receiver needs of a connection.
public struct ReceiverContext: InitializableFromSource, Sendable {
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }

    /// Closes the connection after `timeout` unless the result is cancelled.
    func scheduleClose(after timeout: Duration) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [channel] in channel.close(promise: nil) }
    }
}
