import NIOCore
import Synchronization

/// Datagrams in the order in which they came.
final class Datagrams: Sendable {
    private let stream: AsyncStream<[UInt8]>
    private let continuation: AsyncStream<[UInt8]>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func append(_ datagram: [UInt8]) { continuation.yield(datagram) }

    /// Waits until what came so far is enough.
    func collect(until isEnough: ([[UInt8]]) -> Bool) async -> [[UInt8]] {
        var collected: [[UInt8]] = []
        for await datagram in stream {
            collected.append(datagram)
            if isEnough(collected) { break }
        }
        return collected
    }
}

/// Hands datagrams to a ``Datagrams``.
final class DatagramHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let datagrams: Datagrams

    init(_ datagrams: Datagrams) {
        self.datagrams = datagrams
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        datagrams.append(Array(unwrapInboundIn(data).data.readableBytesView))
    }
}
