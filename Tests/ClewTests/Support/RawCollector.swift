import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A TCP server, with or without TLS, that answers each HTTP request with bytes that need not be HTTP.
final class RawCollector: Sendable {
    enum Behaviour: Sendable {
        /// The answer to a request with this body; `nil` closes the connection.
        case answer(@Sendable ([UInt8]) -> String?)
        /// Accepts connections and reads nothing.
        case neverReads

        static func always(_ answer: String) -> Behaviour { .answer { _ in answer } }
    }

    let port: Int
    private let received = Mutex<[[UInt8]]>([])

    private init(port: Int) { self.port = port }

    /// The bodies of all requests.
    var bodies: [[UInt8]] { received.withLock { $0 } }

    /// Runs a server on a free port of the loopback interface while `body` runs.
    static func run<Result: Sendable>(
        _ behaviour: Behaviour, tls: TLSConfiguration? = nil,
        _ body: (RawCollector) async throws -> Result
    ) async throws -> Result {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let box = Mutex<RawCollector?>(nil)
        var reads = true
        if case .neverReads = behaviour { reads = false }
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.addHandler(
                        RawHandler { request in
                            let collector = box.withLock { $0 }
                            collector?.received.withLock { $0.append(request) }
                            guard case .answer(let answer) = behaviour else { return nil }
                            return answer(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let collector = RawCollector(port: server.localAddress?.port ?? 0)
        box.withLock { $0 = collector }
        do {
            let result = try await body(collector)
            try await server.close()
            return result
        } catch {
            try await server.close()
            throw error
        }
    }

    /// An HTTP answer.
    static func http(_ status: String, _ headers: [String] = [], body: String = "") -> String {
        (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers + ["", body]).joined(separator: "\r\n")
    }
}

/// Takes requests with a `Content-Length` apart.
private final class RawHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: ([UInt8]) -> String?
    private var received: [UInt8] = []

    init(_ answer: @escaping ([UInt8]) -> String?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += Array(unwrapInboundIn(data).readableBytesView)
        while let request = nextRequest() {
            if let text = answer(request) {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            } else {
                context.close(promise: nil)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func nextRequest() -> [UInt8]? {
        let text = String(decoding: received, as: UTF8.self).lowercased()
        let bytes = Array("\r\n\r\n".utf8)
        guard let end = received.indices.first(where: { received[$0...].starts(with: bytes) }) else { return nil }
        let field = text.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let length = field.flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
        guard received.count >= end + 4 + length else { return nil }
        defer { received.removeFirst(end + 4 + length) }
        return Array(received[(end + 4)..<(end + 4 + length)])
    }
}
