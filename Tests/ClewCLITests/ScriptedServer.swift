import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import clew_cli

/// An HTTP server that answers its first requests by a script, and those after it with 200.
final class ScriptedServer: Sendable {
    enum Action: Sendable {
        case answer(Int, [String: String] = [:], [UInt8] = [])
        case close
        /// An acknowledgement that comes late.
        case wait(milliseconds: Int64)
    }

    private let script: Mutex<(rest: [Action], requests: Int)>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    /// How many requests came.
    var requests: Int { script.withLock { $0.requests } }

    private init(_ script: [Action]) {
        self.script = Mutex((script, 0))
    }

    static func run<Value>(_ script: [Action], _ body: (ScriptedServer, HTTPEndpoint) async throws -> Value)
        async throws
        -> Value
    {
        let server = ScriptedServer(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        let value = try await body(server, HTTPEndpoint("127.0.0.1:\(port)", flag: "--target", defaultPort: 1))
        try await channel.close()
        return value
    }

    private func next() -> Action {
        script.withLock { script in
            script.requests += 1
            return script.rest.isEmpty ? .answer(200) : script.rest.removeFirst()
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: ScriptedServer

        init(_ server: ScriptedServer) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            switch server.next() {
            case .answer(let status, let headers, let body): answer(context, status, headers, body)
            case .close: context.close(promise: nil)
            case .wait(let milliseconds):
                context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
                    self.answer(context, 200, [:], [])
                }
            }
        }

        private func answer(
            _ context: ChannelHandlerContext, _ status: Int, _ headers: [String: String], _ body: [UInt8]
        ) {
            var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
            fields.add(name: "Content-Length", value: String(body.count))
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
