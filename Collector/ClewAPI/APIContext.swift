public import Hummingbird
import NIOCore

/// What the API needs of a connection.
public struct APIContext: InitializableFromSource, Sendable {
    /// How long a client may take to read an answer; then its connection is closed.
    static let writeTimeout = TimeAmount.seconds(60)

    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }

    /// A body that is written within a bounded time, so that a client that does not read holds no memory for long.
    func body(_ bytes: [UInt8]) -> ResponseBody {
        let channel = channel
        return ResponseBody(contentLength: bytes.count) { writer in
            let deadline = channel.eventLoop.scheduleTask(in: Self.writeTimeout) { channel.close(promise: nil) }
            defer { deadline.cancel() }
            try await writer.write(ByteBuffer(bytes: bytes))
            try await writer.finish(nil)
        }
    }
}
