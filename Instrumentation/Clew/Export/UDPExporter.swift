import ClewModel
import ClewWire
import NIOCore
import NIOPosix
import Synchronization

/// Sends batches as datagrams, each one OTLP message behind a ``ClewWire/UDPHeader``.
///
/// Fire and forget: nothing is repeated and no answer comes. The header's sequence number lets the receiver count what
/// was lost on the way; what the system does not take is counted here.
struct UDPExporter: TelemetryExporter {
    /// The largest datagram: under the 65,507 bytes that UDP over IPv4 carries, with room for tunnels' headers.
    static let maximumDatagram = 60 * 1024

    private let endpoint: HostAndPort
    private let connection = UDPConnection()
    private let sourceID = UInt64.random(in: 0...UInt64.max)
    init(_ endpoint: HostAndPort) {
        self.endpoint = endpoint
    }

    func export(_ batch: TelemetryBatch) async -> ExportOutcome {
        let channel: any Channel
        do {
            channel = try await connection.channel(to: endpoint)
        } catch {
            return .retry(after: nil, reason: String(describing: error))
        }
        var lost = 0
        var tooLarge = 0
        // A stack instead of recursion: the later half waits while the earlier is cut further.
        var waiting = [batch]
        while let part = waiting.popLast() {
            let payload = part.protobuf
            if payload.count + UDPHeader.size <= Self.maximumDatagram {
                if await !send(payload, part.signal, over: channel) { lost += part.count }
            } else if let (first, second) = part.halves {
                waiting += [second, first]
            } else {
                tooLarge += part.count
            }
        }
        return .sent(lost: lost, tooLarge: tooLarge)
    }

    func shutdown() async { await connection.close() }

    /// Whether the system took the datagram.
    private func send(_ payload: [UInt8], _ signal: Signal, over channel: any Channel) async -> Bool {
        let header = UDPHeader(signal: signal, sourceID: sourceID, sequence: connection.nextSequence())
        do {
            let datagram = try header.datagram(payload)
            try await channel.writeAndFlush(ByteBuffer(bytes: datagram))
            return true
        } catch {
            return false
        }
    }
}

/// The socket of a ``UDPExporter``, opened at its first use and again after it failed.
private final class UDPConnection: Sendable {
    private struct State {
        var channel: (any Channel)?
        var sequence: UInt64 = 0
    }

    private let state = Mutex(State())

    func nextSequence() -> UInt64 {
        state.withLock { state in
            defer { state.sequence += 1 }
            return state.sequence
        }
    }

    func channel(to endpoint: HostAndPort) async throws -> any Channel {
        if let open = state.withLock({ $0.channel }), open.isActive { return open }
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: endpoint.host, port: endpoint.port).get()
        state.withLock { $0.channel = channel }
        return channel
    }

    func close() async {
        // An error means that it is closed already.
        try? await state.withLock { $0.channel }?.close()
    }
}
