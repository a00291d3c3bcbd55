import ClewModel
import ClewWire
import NIOCore
import NIOPosix
import Synchronization

/// Sends batches as datagrams, each one OTLP message behind a ``ClewWire/UDPHeader``.
///
/// Fire and forget: nothing is repeated and no answer comes. The header's sequence number lets the receiver count what
/// was lost on the way; what the system does not take is counted here.
struct UDPExporter: TimedExporter {
    /// Finds the address of a host without holding up its caller.
    typealias Resolve = @Sendable (HostAndPort) -> EventLoopFuture<SocketAddress>

    /// The largest datagram: under the 65,507 bytes that UDP over IPv4 carries, with room for tunnels' headers.
    static let maximumDatagram = 60 * 1024

    private let endpoint: HostAndPort
    private let connection: UDPConnection
    private let sourceID = UInt64.random(in: 0...UInt64.max)

    init(_ endpoint: HostAndPort, resolve: @escaping Resolve = UDPExporter.resolve) {
        self.endpoint = endpoint
        connection = UDPConnection(endpoint, resolve)
    }

    func export(_ batch: TelemetryBatch, within limit: Duration) async -> ExportOutcome {
        let end = ContinuousClock.now + limit
        if let reason = await open(until: end) {
            return .unreachable(reason: "\(endpoint.host):\(endpoint.port): \(reason)")
        }
        var lost = 0
        var tooLarge = 0
        for part in batch.encoded(upTo: Self.maximumDatagram - UDPHeader.size) {
            guard let payload = part.protobuf else {
                tooLarge += part.items
                continue
            }
            if await !send(payload, batch.signal, until: end) { lost += part.items }
        }
        return .sent(lost: lost, tooLarge: tooLarge)
    }

    func shutdown() async { connection.close() }

    /// The system's answer, on a thread for it: servers of names can take as long as they like.
    private static func resolve(_ endpoint: HostAndPort) -> EventLoopFuture<SocketAddress> {
        NIOThreadPool.singleton.runIfActive(eventLoop: MultiThreadedEventLoopGroup.singleton.next()) {
            try SocketAddress.makeAddressResolvingHost(endpoint.host, port: endpoint.port)
        }
    }

    /// Why there is no socket; `nil` where there is one.
    private func open(until end: ContinuousClock.Instant) async -> String? {
        let opening = connection.opening()
        switch await opening.result(until: end) {
        case .success: return nil
        case .failure(let error):
            connection.forget(opening, keepsAddress: false)
            return "\(error)"
        case nil: return "no address in time"
        }
    }

    /// Whether the system took the datagram.
    private func send(_ payload: [UInt8], _ signal: Signal, until end: ContinuousClock.Instant) async -> Bool {
        let header = UDPHeader(signal: signal, sourceID: sourceID, sequence: connection.nextSequence())
        guard let datagram = try? header.datagram(payload) else { return false }
        // A refusal answers an earlier datagram, which found nobody, and closes the socket; this one was not sent yet.
        for _ in 0..<2 {
            let opening = connection.opening()
            guard let opened = await opening.result(until: end) else { return false }
            let channel = try? opened.get()
            if let channel, (try? await channel.writeAndFlush(ByteBuffer(bytes: datagram))) != nil { return true }
            connection.forget(opening, keepsAddress: channel != nil)
            channel?.close(promise: nil)
        }
        return false
    }
}

/// The socket of a ``UDPExporter``, opened at its first use and again after it failed.
private final class UDPConnection: Sendable {
    typealias Opening = EventLoopFuture<any Channel>

    private struct State {
        /// Kept for the next socket, until one could not be opened.
        var address: EventLoopFuture<SocketAddress>?
        /// Shared, so that signals that begin at once open one socket.
        var opening: Opening?
        var sequence: UInt64 = 0
    }

    private let endpoint: HostAndPort
    private let resolve: UDPExporter.Resolve
    private let state = Mutex(State())

    init(_ endpoint: HostAndPort, _ resolve: @escaping UDPExporter.Resolve) {
        self.endpoint = endpoint
        self.resolve = resolve
    }

    func nextSequence() -> UInt64 {
        state.withLock { state in
            defer { state.sequence += 1 }
            return state.sequence
        }
    }

    func opening() -> Opening {
        state.withLock { state in
            if let opening = state.opening { return opening }
            let address = state.address ?? resolve(endpoint)
            let opening = address.flatMap {
                DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: $0)
            }
            state.address = address
            state.opening = opening
            return opening
        }
    }

    /// The next use opens another socket, unless somebody else's did already.
    func forget(_ opening: Opening, keepsAddress: Bool) {
        state.withLock { state in
            guard state.opening === opening else { return }
            state.opening = nil
            if !keepsAddress { state.address = nil }
        }
    }

    /// Closes the socket; one whose address is still being found, as soon as it is there.
    func close() { state.withLock(\.opening)?.whenSuccess { $0.close(promise: nil) } }
}

extension EventLoopFuture where Value: Sendable {
    /// What comes of it; `nil` at `end` and once the task is cancelled, which leave it behind rather than waiting for it.
    fileprivate func result(until end: ContinuousClock.Instant) async -> Result<Value, any Error>? {
        let (results, continuation) = AsyncStream<Result<Value, any Error>>.makeStream()
        whenComplete { result in
            continuation.yield(result)
            continuation.finish()
        }
        let timer = Task {
            try await Task.sleep(until: end)
            continuation.finish()
        }
        defer { timer.cancel() }
        for await result in results { return result }
        return nil
    }
}
