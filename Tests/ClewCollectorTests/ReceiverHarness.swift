import AsyncHTTPClient
import ClewPipeline
import ClewReceivers
import ClewStore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Runs a receiver on a free port while `body` talks to it.
func withReceiver<Value: Sendable>(
    _ store: any TelemetryStore, _ limits: IngestLimits = IngestLimits(),
    _ counters: CollectorCounters = CollectorCounters(), _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> Value {
    let (ports, bound) = AsyncStream<Int>.makeStream()
    let receiver = OTLPHTTPReceiver(
        host: "127.0.0.1", port: 0, pipeline: Pipeline(store: store, counters: counters), limits: limits,
        onBound: { bound.yield($0) })
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask {
            try await receiver.run()
            return nil
        }
        group.addTask {
            for await port in ports { return try await body(port) }
            return nil
        }
        while let value = try await group.next() {
            guard let value else { continue }
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
        throw CancellationError()
    }
}

/// What a sender that speaks HTTP sees.
struct Answer: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }

    subscript(name: String) -> String? { headers.first(name: name) }

    static func to(
        _ method: HTTPMethod = .POST, _ port: Int, _ path: String, _ headers: HTTPHeaders, _ body: [UInt8]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers = headers
        if method != .GET { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let content = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: response.status, headers: response.headers, body: Array(content.readableBytesView))
    }
}

/// A connection on which a test writes what it likes.
struct RawConnection: ~Copyable {
    private let channel: any Channel
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread = ""

    static func with<Value: Sendable>(
        _ port: Int, _ body: (inout RawConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(
                channel: channel.channel, inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&connection)
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Ends what is sent, and goes on reading.
    func finishSending() { outbound.finish() }

    /// What comes up to and with the next `marker`, or up to the end of the connection.
    mutating func read(through marker: String) async throws -> String {
        while true {
            if let found = unread.firstRange(of: marker) {
                defer { unread.removeSubrange(..<found.upperBound) }
                return String(unread[..<found.upperBound])
            }
            guard let more = try await next() else {
                defer { unread = "" }
                return unread
            }
            unread += more
        }
    }

    /// Everything that comes until the connection ends.
    mutating func readToEnd() async throws -> String {
        while let more = try await next() { unread += more }
        return unread
    }

    private mutating func next() async throws -> String? {
        do {
            return try await inbound.next().map { String(buffer: $0) }
        } catch let error as IOError where error.errnoCode == ECONNRESET {
            return nil
        }
    }
}
