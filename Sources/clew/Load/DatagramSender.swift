import ClewModel
import ClewWire
import NIOCore
import NIOPosix

/// Sends requests as datagrams from one socket, numbered so that the collector can count those that are lost.
///
/// Nothing is acknowledged: a request counts as sent once the kernel has it.
final class DatagramSender {
    /// Datagrams handed to the kernel before the event loop turns again.
    private static let burst = 16
    private static let patience = TimeAmount.milliseconds(100)

    private let state: LoadState
    private let target: String
    private let channel: any Channel
    private let promise: EventLoopPromise<SenderResult>
    private let sourceID = UInt64.random(in: 0 ... .max)
    private var sequence: UInt64 = 0
    private var waiting: LoadState.Request?
    private var buffer = ByteBuffer()
    private var result = SenderResult()

    static func run(
        _ state: LoadState, to endpoint: HTTPEndpoint, on loop: any EventLoop
    ) async throws -> EventLoopFuture<SenderResult> {
        let target = "\(endpoint.host):\(endpoint.port)"
        let channel: any Channel
        do {
            channel = try await DatagramBootstrap(group: loop).connect(host: endpoint.host, port: endpoint.port).get()
        } catch {
            throw Failure(.unavailable, "datagrams cannot be sent to \(target): \(error)")
        }
        let promise = loop.makePromise(of: SenderResult.self)
        loop.execute { DatagramSender(state, target, channel, promise).turn() }
        return promise.futureResult
    }

    private init(
        _ state: LoadState, _ target: String, _ channel: any Channel, _ promise: EventLoopPromise<SenderResult>
    ) {
        self.state = state
        self.target = target
        self.channel = channel
        self.promise = promise
        result.sources = [sourceID]
    }

    /// Sends what is due, at most a burst, and comes back when the kernel has it.
    private func turn() {
        let now = NIODeadline.now()
        var datagrams: [ByteBuffer] = []
        while datagrams.count < Self.burst, !state.shouldStop {
            guard let request = waiting ?? state.take(now) else { return flush(datagrams, isLast: true) }
            if let due = request.due, due > now {
                waiting = request
                break
            }
            waiting = nil
            do {
                datagrams.append(try datagram(request, now))
            } catch {
                state.skip(request.number)
                state.fail(Failure(.failed, "a request does not fit into a datagram: \(error)"))
            }
        }
        flush(datagrams, isLast: state.shouldStop)
    }

    private func datagram(_ request: LoadState.Request, _ now: NIODeadline) throws(WireError) -> ByteBuffer {
        let source = state.source
        try source.write(request.number, now: state.unixTime(now), to: &buffer)
        var flags: UDPHeader.Flags = source.encoding == .json ? .json : []
        if source.isCompressed { flags.insert(.gzip) }
        let header = UDPHeader(signal: .traces, flags: flags, sourceID: sourceID, sequence: sequence)
        sequence += 1
        let bytes = try header.datagram(Array(buffer.readableBytesView))
        result.bytes += source.byteCount(of: request.number)
        result.wireBytes += bytes.count
        result.last = now
        state.count(spans: source.spanCount(of: request.number))
        return ByteBuffer(bytes: bytes)
    }

    private func flush(_ datagrams: [ByteBuffer], isLast: Bool) {
        guard let last = datagrams.last else { return sent(nil, isLast: isLast) }
        for datagram in datagrams.dropLast() { channel.write(datagram, promise: nil) }
        channel.writeAndFlush(last).assumeIsolated().whenComplete { outcome in
            // The loop turns in between, or a kernel that takes everything at once would have this call itself.
            self.channel.eventLoop.assumeIsolated().execute { self.sent(outcome, isLast: isLast) }
        }
    }

    private func sent(_ outcome: Result<Void, any Error>?, isLast: Bool) {
        if case .failure(let error) = outcome {
            state.fail(Failure(.unavailable, "nothing receives datagrams at \(target): \(error)"))
            return finish()
        }
        if isLast { return finish() }
        guard let due = waiting?.due else { return turn() }
        let loop = channel.eventLoop.assumeIsolated()
        loop.scheduleTask(deadline: min(due, .now() + Self.patience)) { self.turn() }
    }

    private func finish() {
        if let waiting { state.skip(waiting.number) }
        channel.close(promise: nil)
        promise.succeed(result)
    }
}
