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
        let opening = connection.opening(to: endpoint)
        do {
            _ = try await opening.value
        } catch {
            connection.forget(opening)
            return .unreachable(reason: "\(endpoint.host):\(endpoint.port): \(error)")
        }
        var lost = 0
        var tooLarge = 0
        for part in batch.encoded(upTo: Self.maximumDatagram - UDPHeader.size) {
            guard let payload = part.protobuf else {
                tooLarge += part.items
                continue
            }
            if await !send(payload, batch.signal) { lost += part.items }
        }
        return .sent(lost: lost, tooLarge: tooLarge)
    }

    func shutdown() async { await connection.close() }

    /// Whether the system took the datagram.
    private func send(_ payload: [UInt8], _ signal: Signal) async -> Bool {
        let header = UDPHeader(signal: signal, sourceID: sourceID, sequence: connection.nextSequence())
        guard let datagram = try? header.datagram(payload) else { return false }
        // A refusal answers an earlier datagram, which found nobody, and closes the socket; this one was not sent yet.
        for _ in 0..<2 {
            let opening = connection.opening(to: endpoint)
            let channel = try? await opening.value
            if let channel, (try? await channel.writeAndFlush(ByteBuffer(bytes: datagram))) != nil { return true }
            connection.forget(opening)
            channel?.close(promise: nil)
        }
        return false
    }
}

/// The socket of a ``UDPExporter``, opened at its first use and again after it failed.
private final class UDPConnection: Sendable {
    typealias Opening = Task<any Channel, any Error>

    private struct State {
        /// Shared, so that signals that begin at once open one socket.
        var opening: Opening?
        var sequence: UInt64 = 0
    }

    private let state = Mutex(State())

    func nextSequence() -> UInt64 {
        state.withLock { state in
            defer { state.sequence += 1 }
            return state.sequence
        }
    }

    func opening(to endpoint: HostAndPort) -> Opening {
        state.withLock { state in
            if let opening = state.opening { return opening }
            let opening = Opening {
                try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: endpoint.host, port: endpoint.port).get()
            }
            state.opening = opening
            return opening
        }
    }

    /// The next use opens another socket, unless somebody else's did already.
    func forget(_ opening: Opening) {
        state.withLock { state in
            if state.opening == opening { state.opening = nil }
        }
    }

    func close() async {
        // An error means that it never opened, or is closed already.
        let channel = try? await state.withLock(\.opening)?.value
        try? await channel?.close()
    }
}
