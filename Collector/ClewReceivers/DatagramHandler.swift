import ClewModel
import ClewPipeline
import ClewWire
import NIOCore

/// Takes datagrams from the socket, counts their numbers, and queues them; decodes nothing but the header.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let queue: DatagramQueue
    private let counters: CollectorCounters

    init(queue: DatagramQueue, counters: CollectorCounters) {
        self.queue = queue
        self.counters = counters
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A copy, because the buffer is a slice of the one that a whole batch of datagrams was read into.
        receive(Array(unwrapInboundIn(data).data.readableBytesView))
    }

    /// An error of one datagram, such as an ICMP answer to none of ours, does not end the socket.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    private func receive(_ bytes: [UInt8]) {
        let datagram: QueuedDatagram
        do {
            if let header = try UDPHeader.parse(bytes) {
                counters.numbered(source: header.sourceID, sequence: header.sequence)
                datagram = QueuedDatagram(
                    signal: header.signal, flags: header.flags, payload: Array(bytes.dropFirst(UDPHeader.size)))
            } else {
                datagram = QueuedDatagram(signal: .traces, flags: [], payload: bytes)
            }
        } catch {
            // The signal of a header that cannot be read is not known; a bare datagram would be traces.
            counters.received(.traces, over: .udp, bytes: bytes.count)
            counters.refused(.traces, over: .udp, error.code == .truncated ? .incomplete : .badHeader)
            return
        }
        counters.received(datagram.signal, over: .udp, bytes: bytes.count)
        if !queue.offer(datagram) { counters.refused(datagram.signal, over: .udp, .overloaded) }
    }
}
