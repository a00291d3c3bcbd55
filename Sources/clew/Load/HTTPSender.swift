import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1

/// Sends requests over one connection, the next when the one before is acknowledged; on one event loop.
final class HTTPSender: HTTPLineOwner {
    /// Tries per request, whether the collector refuses it or cannot be reached.
    static let maximumTries = 20
    /// The longest that `Retry-After` is obeyed.
    private static let longestWait = TimeAmount.seconds(30)
    /// Waits after a lost connection: 50 ms, doubled each time up to a second.
    private static let firstBackoff = TimeAmount.milliseconds(50)
    private static let longestBackoff = TimeAmount.seconds(1)
    /// Waits are cut into pieces of this length, so that a run that is to end does.
    private static let patience = TimeAmount.milliseconds(100)
    /// An acknowledgement is a few bytes, a refusal a sentence.
    private static let maximumAnswer = 1 << 20

    private struct Exchange {
        var request: LoadState.Request
        var tries = 0
        /// When it was due, or else sent first.
        var began: NIODeadline
        var head: HTTPRequestHead
        var body: ByteBuffer
    }

    private let state: LoadState
    private let endpoint: HTTPEndpoint
    private let loop: any EventLoop
    private let promise: EventLoopPromise<SenderResult>
    private var line: HTTPLine?
    private var exchange: Exchange?
    private var buffer = ByteBuffer()
    private var result = SenderResult()

    /// Sends until the run ends.
    static func run(
        _ state: LoadState, to endpoint: HTTPEndpoint, on loop: any EventLoop
    ) -> EventLoopFuture<SenderResult> {
        let promise = loop.makePromise(of: SenderResult.self)
        loop.execute { HTTPSender(state, endpoint, loop, promise).next() }
        return promise.futureResult
    }

    private init(
        _ state: LoadState, _ endpoint: HTTPEndpoint, _ loop: any EventLoop, _ promise: EventLoopPromise<SenderResult>
    ) {
        self.state = state
        self.endpoint = endpoint
        self.loop = loop
        self.promise = promise
        line = HTTPLine(endpoint, on: loop, owner: self, maximumBody: Self.maximumAnswer)
    }

    private func next() {
        guard let request = state.take(.now()) else { return finish() }
        wait(until: request.due ?? .now()) { [self] isToGoOn in
            guard isToGoOn else {
                state.skip(request.number)
                return finish()
            }
            begin(request)
        }
    }

    private func begin(_ request: LoadState.Request) {
        let now = NIODeadline.now()
        do {
            try state.source.write(request.number, now: state.unixTime(now), to: &buffer)
        } catch {
            state.skip(request.number)
            state.fail(Failure(.failed, "a request cannot be compressed: \(error)"))
            return finish()
        }
        exchange = Exchange(request: request, began: request.due ?? now, head: head(buffer.readableBytes), body: buffer)
        attempt()
    }

    private func head(_ length: Int) -> HTTPRequestHead {
        let encoding: [(String, String)] = state.source.isCompressed ? [("Content-Encoding", "gzip")] : []
        return endpoint.head(
            .POST, "/v1/traces",
            [("Content-Type", state.source.encoding.contentType), ("Content-Length", String(length))] + encoding)
    }

    private func attempt() {
        guard let exchange else { return }
        self.exchange?.tries += 1
        line?.send(exchange.head, exchange.body)
    }

    private func finish() {
        if let exchange { result.unacknowledged.insert(exchange.request.number) }
        exchange = nil
        line?.close()
        line = nil
        promise.succeed(result)
    }

    /// - Parameter then: Told whether the run goes on.
    private func wait(until deadline: NIODeadline, _ then: @escaping (Bool) -> Void) {
        guard !state.shouldStop else { return then(false) }
        let now = NIODeadline.now()
        guard deadline > now else { return then(true) }
        loop.assumeIsolated().scheduleTask(deadline: min(deadline, now + Self.patience)) {
            self.wait(until: deadline, then)
        }
    }

    // MARK: answers

    func lineDidConnect() { state.hasReachedTarget = true }

    func lineDidReceive(_ answer: HTTPAnswer) {
        switch answer.status {
        case 200..<300: acknowledge(answer)
        // The statuses after which OTLP has a sender try again.
        case 429, 502, 503, 504:
            let wait = answer.retryAfter.map { TimeAmount.seconds(Int64(max(0, min($0, 1 << 20)))) }
            tryAgain(after: wait ?? backoff, "answered with status \(answer.status)\(message(in: answer))")
        default:
            state.fail(
                Failure(.failed, "\(endpoint.address) answered with status \(answer.status)\(message(in: answer))"))
            finish()
        }
    }

    func lineDidFail(_ error: HTTPLineError) {
        if error == .unreachable, !state.hasReachedTarget {
            state.fail(
                Failure(.unavailable, "no collector answers at \(endpoint.address); start one with 'clewd'"))
            return finish()
        }
        if error != .unreachable, let exchange { result.resent.insert(exchange.request.number) }
        tryAgain(after: backoff, error.reason)
    }

    private func acknowledge(_ answer: HTTPAnswer) {
        guard let exchange else { return }
        let now = NIODeadline.now()
        let spans = state.source.spanCount(of: exchange.request.number)
        let rejected = rejected(in: answer)
        result.record(UInt64(max(0, (now - exchange.began).nanoseconds)), at: now)
        result.bytes += state.source.byteCount(of: exchange.request.number)
        result.wireBytes += exchange.body.readableBytes
        result.rejected += rejected
        state.count(spans: max(0, spans - rejected))
        self.exchange = nil
        next()
    }

    private func rejected(in answer: HTTPAnswer) -> Int {
        // A full success has no bytes as protobuf and `{}` as JSON.
        guard answer.body.readableBytes > 2 else { return 0 }
        let body = Array(answer.body.readableBytesView)
        let response =
            state.source.encoding == .json
            ? try? ExportResponse(json: body, .traces) : try? ExportResponse(protobuf: body)
        return response.map { Int(clamping: $0.rejected) } ?? 0
    }

    private func message(in answer: HTTPAnswer) -> String {
        let body = Array(answer.body.readableBytesView)
        let status =
            state.source.encoding == .json ? try? StatusMessage(json: body) : try? StatusMessage(protobuf: body)
        return status.map { ": \($0.message)" } ?? ""
    }

    private var backoff: TimeAmount {
        let doublings = min(exchange?.tries ?? 1, 16) - 1
        return min(.nanoseconds(Self.firstBackoff.nanoseconds << Int64(doublings)), Self.longestBackoff)
    }

    private func tryAgain(after delay: TimeAmount, _ reason: String) {
        guard let exchange, exchange.tries < Self.maximumTries else {
            state.fail(
                Failure(.failed, "\(endpoint.address) did not take a request in \(Self.maximumTries) tries: \(reason)"))
            return finish()
        }
        state.countRetry()
        // The body may still be on its way into the closed connection; writing a request anew copies it then.
        wait(until: .now() + min(delay, Self.longestWait)) { [self] isToGoOn in
            if isToGoOn { attempt() } else { finish() }
        }
    }
}
