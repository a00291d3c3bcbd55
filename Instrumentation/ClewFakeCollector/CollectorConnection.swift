import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1

/// Reads requests from one connection and does with them what the collector says.
final class CollectorConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let maximumBody = 64 << 20

    private let collector: FakeCollector
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isKeptAlive = true

    init(_ collector: FakeCollector) {
        self.collector = collector
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            isKeptAlive = head.isKeepAlive
            body.clear()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= Self.maximumBody else {
                return context.close(promise: nil)
            }
            body.writeBuffer(&part)
        case .end:
            if let head { answer(head, context) }
            head = nil
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = head.uri.prefix { $0 != "?" }
        guard let signal = Signal.allCases.first(where: { path == "/v1/\($0.rawValue)" }), head.method == .POST else {
            return respond(404, [:], [], context)
        }
        var headers: [String: String] = [:]
        for (name, value) in head.headers { headers[name.lowercased()] = value }
        var bytes = Array(body.readableBytesView)
        if headers["content-encoding"] == "gzip" {
            guard let plain = try? Gzip.decompress(bytes, limit: Self.maximumBody) else {
                return respond(400, [:], [], context)
            }
            bytes = plain
        }
        let received = collector.record(signal, headers: headers, body: bytes)
        perform(received.behaviour, received, context)
    }

    private func perform(
        _ behaviour: FakeCollector.Behaviour, _ request: FakeCollector.Received, _ context: ChannelHandlerContext
    ) {
        switch behaviour {
        case .accept:
            respond(ExportResponse(), request, context)
        case .partialSuccess(let rejected, let message):
            respond(ExportResponse(rejected: rejected, message: message), request, context)
        case .respond(let status, let headers, let body):
            respond(status, headers, body, context)
        case .delayed(let duration, let then):
            context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(duration.nanoseconds)) {
                self.perform(then, request, context)
            }
        case .hang, .neverRead:
            break
        case .hangInBody:
            begin(context)
        case .closeInBody:
            begin(context)
            context.close(promise: nil)
        case .close:
            context.close(promise: nil)
        }
    }

    private func respond(
        _ response: ExportResponse, _ request: FakeCollector.Received, _ context: ChannelHandlerContext
    ) {
        let type = request.isJSON ? "application/json" : "application/x-protobuf"
        let body = request.isJSON ? (try? response.json(request.signal)) ?? Array("{}".utf8) : response.protobuf
        respond(200, ["Content-Type": type], body, context)
    }

    private func respond(
        _ status: Int, _ headers: [String: String], _ body: [UInt8], _ context: ChannelHandlerContext
    ) {
        write(status, HTTPHeaders(Array(headers)), length: body.count, context)
        if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        guard !isKeptAlive else { return }
        written.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    /// An answer that says it has more bytes than the one that follows.
    private func begin(_ context: ChannelHandlerContext) {
        write(200, ["Content-Type": "application/x-protobuf"], length: 100, context)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: [10])))), promise: nil)
    }

    private func write(_ status: Int, _ headers: HTTPHeaders, length: Int, _ context: ChannelHandlerContext) {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Length", value: String(length))
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }
}
