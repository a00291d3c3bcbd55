import NIOCore
import NIOPosix

/// An HTTP/1.1 client that does nothing of its own: no tracing, no pool, no redirects.
enum RawClient {
    /// What a connection that sends these bytes is answered until the other side closes it, or the task is cancelled.
    static func send(_ text: String, port: Int) async throws -> String {
        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answers(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        defer { channel.close(promise: nil) }
        // A server that is gone by now has answered all that it ever will.
        try? await channel.writeAndFlush(ByteBuffer(string: text))
        var answer = ""
        for await part in stream { answer += String(buffer: part) }
        return answer
    }

    static func get(_ path: String, port: Int) async throws -> String {
        try await send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", port: port)
    }

    /// Sends a body to a fake collector.
    static func post(
        _ path: String, _ body: String = "", headers: String = "Content-Type: application/x-protobuf\r\n", port: Int
    ) async throws -> String {
        let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)"
        return try await send(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body, port: port)
    }
}

private final class Answers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answers: AsyncStream<ByteBuffer>.Continuation

    init(_ answers: AsyncStream<ByteBuffer>.Continuation) {
        self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { answers.yield(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { answers.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
