import NIOCore
import NIOHTTP1
import NIOPosix

/// An answer to a request.
struct HTTPAnswer {
    var status: Int
    /// Seconds, as `Retry-After` says.
    var retryAfter: Int?
    var body: ByteBuffer
}

/// Why a request has no answer.
enum HTTPLineError: Error {
    /// No connection could be made.
    case unreachable
    /// The connection ended, so that the request may or may not have been taken.
    case lost
    /// No answer came within ``HTTPLine/timeout``.
    case timedOut
    /// The answer is larger than the line takes, or is not HTTP.
    case unusable

    var reason: String {
        switch self {
        case .unreachable: "no connection can be made"
        case .lost: "the connection ended before the answer"
        case .timedOut: "no answer came within \(HTTPLine.timeout.nanoseconds / 1_000_000_000) s"
        case .unusable: "the answer is not one of a collector"
        }
    }
}

/// Whoever sends requests over a line; called on the line's event loop.
protocol HTTPLineOwner: AnyObject {
    func lineDidConnect()
    func lineDidReceive(_ answer: HTTPAnswer)
    func lineDidFail(_ error: HTTPLineError)
}

/// One HTTP/1.1 connection with one request in flight, kept alive and made anew when it is needed again.
///
/// Directly on NIO's codec, because a client with pools, redirects and tasks costs several times as much for each request
/// as sending it does. Belongs to one event loop.
final class HTTPLine {
    static let timeout = TimeAmount.seconds(60)
    private static let connectTimeout = TimeAmount.seconds(5)

    private let loop: any EventLoop
    private let endpoint: HTTPEndpoint
    private let maximumBody: Int
    /// Until ``close()``.
    private var owner: (any HTTPLineOwner)?
    private var channel: (any Channel)?
    private var handler: AnswerHandler?
    private var isWaiting = false
    private var sent = NIODeadline.now()
    private var watch: Scheduled<Void>?

    /// - Parameter maximumBody: Bytes of an answer; a larger one is ``HTTPLineError/unusable``.
    init(_ endpoint: HTTPEndpoint, on loop: any EventLoop, owner: any HTTPLineOwner, maximumBody: Int) {
        self.endpoint = endpoint
        self.loop = loop
        self.owner = owner
        self.maximumBody = maximumBody
    }

    /// Sends a request; the owner is told what becomes of it, exactly once.
    func send(_ head: HTTPRequestHead, _ body: ByteBuffer? = nil) {
        isWaiting = true
        sent = .now()
        if let channel, channel.isActive { return write(head, body, to: channel) }
        let maximumBody = maximumBody
        ClientBootstrap(group: loop)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var encoder = HTTPRequestEncoder.Configuration()
                    // The heads state their length.
                    encoder.automaticallySetFramingHeaders = false
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(
                        enableOutboundHeaderValidation: false, encoderConfiguration: encoder)
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(maximumBody: maximumBody))
                }
            }
            .connect(host: endpoint.host, port: endpoint.port)
            .hop(to: loop)
            .assumeIsolated()
            .whenComplete { result in self.connected(result, head, body) }
    }

    /// Ends the connection; nothing more is told to the owner.
    func close() {
        (isWaiting, owner) = (false, nil)
        watch?.cancel()
        drop()
    }

    private func connected(_ result: Result<any Channel, any Error>, _ head: HTTPRequestHead, _ body: ByteBuffer?) {
        guard case .success(let channel) = result,
            let handler = try? channel.pipeline.syncOperations.handler(type: AnswerHandler.self)
        else { return finish(.failure(.unreachable)) }
        guard let owner else { return channel.close(promise: nil) }
        handler.line = self
        (self.channel, self.handler) = (channel, handler)
        owner.lineDidConnect()
        guard channel.isActive else { return finish(.failure(.lost)) }
        write(head, body, to: channel)
    }

    private func write(_ head: HTTPRequestHead, _ body: ByteBuffer?, to channel: any Channel) {
        let pipeline = channel.pipeline.syncOperations
        pipeline.write(NIOAny(HTTPClientRequestPart.head(head)), promise: nil)
        if let body { pipeline.write(NIOAny(HTTPClientRequestPart.body(.byteBuffer(body))), promise: nil) }
        pipeline.writeAndFlush(NIOAny(HTTPClientRequestPart.end(nil)), promise: nil)
        if watch == nil { startWatch(until: sent + Self.timeout) }
    }

    /// One timer for many requests: a timer for each would cost as much as sending it.
    private func startWatch(until deadline: NIODeadline) {
        watch = loop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.watch = nil
            guard self.isWaiting else { return }
            let deadline = self.sent + Self.timeout
            if deadline <= .now() { self.finish(.failure(.timedOut)) } else { self.startWatch(until: deadline) }
        }
    }

    fileprivate func received(_ answer: HTTPAnswer, keepAlive: Bool) {
        if !keepAlive { drop() }
        finish(.success(answer))
    }

    fileprivate func failed(_ error: HTTPLineError) {
        drop()
        finish(.failure(error))
    }

    private func finish(_ result: Result<HTTPAnswer, HTTPLineError>) {
        guard isWaiting else { return }
        isWaiting = false
        switch result {
        case .success(let answer): owner?.lineDidReceive(answer)
        case .failure(let error):
            drop()
            owner?.lineDidFail(error)
        }
    }

    private func drop() {
        handler?.line = nil
        channel?.close(promise: nil)
        (channel, handler) = (nil, nil)
    }
}

/// Puts the parts of an answer together.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// While this connection is the line's.
    var line: HTTPLine?
    private let maximumBody: Int
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init(maximumBody: Int) {
        self.maximumBody = maximumBody
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= maximumBody else {
                line?.failed(.unusable)
                return
            }
            body.writeBuffer(&part)
        case .end:
            guard let head, head.status.code >= 200 else { return }
            let answer = HTTPAnswer(
                status: Int(head.status.code), retryAfter: head.headers.first(name: "Retry-After").flatMap { Int($0) },
                body: body)
            line?.received(answer, keepAlive: head.isKeepAlive)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        line?.failed(.lost)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        line?.failed(error is HTTPParserError ? .unusable : .lost)
    }
}
