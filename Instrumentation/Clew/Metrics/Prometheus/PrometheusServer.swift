import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Answers `GET /metrics`, and nothing else, on a port of its own.
///
/// Source: OpenTelemetry, "Prometheus Exporter".
final class PrometheusServer: Sendable {
    /// Open connections; more are closed at once. A scraper needs one.
    private static let maximumConnections = 64
    /// After which a connection that says nothing, or does not read its answer, is closed.
    private static let idleTimeout = TimeAmount.seconds(60)

    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var isStopped = false
    }

    private let address: HostAndPort
    private let text: @Sendable (_ accept: String?) async -> PrometheusText
    private let state = Mutex(State())

    init(_ address: HostAndPort, text: @escaping @Sendable (_ accept: String?) async -> PrometheusText) {
        self.address = address
        self.text = text
    }

    /// The port that is listened on; `nil` while none is.
    var port: Int? { state.withLock { $0.listener?.localAddress?.port } }

    /// Begins to listen. A service does not fail because its metrics cannot be scraped: the reason is a warning.
    func start(warn: @Sendable (String) -> Void) async {
        guard state.withLock({ !$0.isStopped && $0.listener == nil }) else { return }
        do {
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { self.accept($0) }
                .bind(host: address.host, port: address.port).get()
            let isWanted = state.withLock { state in
                if !state.isStopped { state.listener = listener }
                return !state.isStopped
            }
            if !isWanted { try await listener.close() }
        } catch {
            warn("metrics cannot be scraped: \(address.host):\(address.port) cannot be listened on: \(error)")
        }
    }

    /// Closes the port and all connections.
    func stop() async {
        let (listener, connections) = state.withLock { state in
            state.isStopped = true
            defer { state.listener = nil }
            return (state.listener, Array(state.connections.values))
        }
        // Closing fails only for what is closed already.
        try? await listener?.close()
        for connection in connections { try? await connection.close() }
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let id = ObjectIdentifier(channel)
        let isWelcome = state.withLock { state in
            guard !state.isStopped, state.connections.count < Self.maximumConnections else { return false }
            state.connections[id] = channel
            return true
        }
        guard isWelcome else { return channel.close() }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.connections[id] = nil } }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandlers(
                IdleStateHandler(allTimeout: Self.idleTimeout), ScrapeHandler(text))
        }
    }
}

/// One connection of a scraper. Requests come one at a time: the pipeline holds the next one back.
private final class ScrapeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let text: @Sendable (_ accept: String?) async -> PrometheusText
    private var head: HTTPRequestHead?

    init(_ text: @escaping @Sendable (_ accept: String?) async -> PrometheusText) {
        self.text = text
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first
        guard path == "/metrics" else { return respond(.notFound, nil, to: head, context) }
        guard head.method == .GET || head.method == .HEAD else {
            return respond(.methodNotAllowed, nil, to: head, context)
        }
        let accept = head.headers[canonicalForm: "accept"].joined(separator: ",")
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.makeFutureWithTask { [text] in await text(accept) }.whenSuccess { text in
            let (handler, context) = bound.value
            handler.respond(.ok, text, to: head, context)
        }
    }

    private func respond(
        _ status: HTTPResponseStatus, _ text: PrometheusText?, to head: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        var headers: HTTPHeaders = ["content-length": String(text?.body.count ?? 0)]
        if let text { headers.add(name: "content-type", value: text.contentType) }
        if status == .methodNotAllowed { headers.add(name: "allow", value: "GET, HEAD") }
        if !head.isKeepAlive { headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        if let text, head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: text.body)))), promise: nil)
        }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !head.isKeepAlive { written.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
    }
}
