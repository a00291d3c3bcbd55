import ClewModel
import ClewPipeline
import ClewStore
import ClewWire
import NIOCore
import NIOHTTP1
import NIOPosix

/// One connection of a sender: collects bodies, hands them to the pipeline on the event loop, and answers in order.
///
/// Requests that are sent without waiting for answers are stored together; past a number of them nothing more is read.
final class OTLPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Larger bodies are decoded on another thread, so that the other connections of the event loop do not wait: at 2 ns a
    /// byte of protobuf or 10 of JSON this is some milliseconds.
    private static let maximumBytesOnLoop = 1 << 20

    /// Requests of one connection that wait for their answers before reading stops. What one read brought is still taken.
    private static let maximumWaiting = 8

    /// What the connection does with what comes.
    private enum Input {
        case heads
        case body(number: Int)
        /// The rest of a refused body is thrown away, because closing at once would make the sender see a reset connection
        /// and not the answer.
        case discardedBody
        /// No request follows: what comes is of no interest.
        case ended
    }

    private let loop: IngestLoop
    private var context: ChannelHandlerContext?
    private var input = Input.heads
    private var body: IngestBody?
    /// Whether the request whose body comes is the last one.
    private var isLastRequest = false
    private var answers = AnswerQueue()
    /// Whether the sender of `body` waits to be told to send it.
    private var owesContinue = false
    private var isReadHeld = false
    /// Between the parts of one read: what is written then is flushed at its end, all at once.
    private var isReading = false
    private var needsFlush = false
    private var isClosing = false
    /// When the connection is ended unless something happens before.
    private var deadline = NIODeadline.distantFuture

    init(_ loop: IngestLoop) {
        self.loop = loop
    }

    // MARK: Lifetime

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = .now() + TimeAmount(loop.limits.idleTimeout)
        loop.add(self)
        if loop.isStopping { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        if case .body = input { countIncomplete() }
        dropBody()
        loop.remove(self)
    }

    /// Ends the connection if its time is over.
    func endIfLate(_ now: NIODeadline) {
        if now >= deadline { context?.close(promise: nil) }
    }

    /// Closes the connection once no request is in progress.
    func stop() {
        if case .body = input { return }
        if answers.isEmpty { context?.close(promise: nil) }
    }

    func abort() {
        context?.close(promise: nil)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        switch (unwrapInboundIn(data), input) {
        case (.head(let head), .heads): begin(IngestHead(head), isHead: head.method == .HEAD)
        case (.body(let part), .body(let number)): append(part, to: number)
        case (.end, .body(let number)): finish(number)
        case (.end, .discardedBody):
            input = .ended
            sendAnswers()
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if needsFlush { flush(context) }
        if case .body = input, deadline == .distantFuture { deadline = .now() + TimeAmount(loop.limits.readTimeout) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        isReadHeld = isReadingHeldBack
        if !isReadHeld { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        resumeReading()
        context.fireChannelWritabilityChanged()
    }

    private var isReadingHeldBack: Bool {
        isEnded || answers.count >= Self.maximumWaiting || context?.channel.isWritable != true
    }

    private func resumeReading() {
        guard isReadHeld, !isReadingHeldBack else { return }
        isReadHeld = false
        context?.read()
    }

    /// A sender that sends no more may still wait for its answers.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        isReading = false
        endInput()
        if answers.isEmpty, !needsFlush { context.close(promise: nil) } else { sendAnswers() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        if case .heads = input {
            let number = answers.open(AnswerQueue.Terms(connection: .close, isHead: false, encoding: .json))
            answers.fill(number) { HTTPAnswer(.notHTTP(error), $0) }
        }
        endInput()
        sendAnswers()
    }

    /// Takes no further request. A body that is not whole is answered as such.
    private func endInput() {
        if case .body(let number) = input { refuse(number, .incomplete) }
        input = .ended
    }

    // MARK: A request

    private func begin(_ head: IngestHead, isHead: Bool) {
        let number = answers.open(
            AnswerQueue.Terms(connection: head.connection, isHead: isHead, encoding: head.encoding))
        input = .body(number: number)
        isLastRequest = head.connection == .close
        // The first read that leaves the body unfinished sets it.
        deadline = .distantFuture
        switch head.content {
        case .failure(let failure): refuse(number, failure, of: head.signal)
        case .success(let content):
            if let length = head.contentLength, length > loop.limits.maximumBodyBytes {
                return refuse(number, .bodyTooLarge(loop.limits), of: content.signal)
            }
            do {
                let inflater = content.coding == .gzip ? try loop.takeInflater() : nil
                body = IngestBody(
                    content, buffer: loop.takeBuffer(), inflater: inflater, limits: loop.limits, budget: loop.budget)
            } catch {
                return refuse(number, .overloaded(error.message), of: content.signal)
            }
            owesContinue = head.expectsContinue
            sendContinue()
        }
    }

    private func append(_ part: ByteBuffer, to number: Int) {
        do {
            try body?.append(part)
        } catch {
            refuse(number, error)
        }
    }

    private func finish(_ number: Int) {
        owesContinue = false
        deadline = .distantFuture
        input = isLastRequest ? .ended : .heads
        guard var body = body.take() else { return }
        loop.pipeline.counters.received(body.content.signal, over: .http, bytes: body.received)
        do {
            try body.finish()
            if let inflater = body.inflater { loop.giveBack(inflater) }
            submit(number, body.content, body.takeBytes(), reserved: body.reserved)
        } catch {
            giveBack(&body)
            answer(number, error, of: body.content.signal)
        }
    }

    private func submit(_ number: Int, _ content: IngestHead.Content, _ bytes: consuming [UInt8], reserved: Int) {
        guard let eventLoop = context?.eventLoop else { return loop.budget.release(reserved) }
        let (pipeline, budget, handler) = (loop.pipeline, loop.budget, NIOLoopBound(self, eventLoop: eventLoop))
        let completion: @Sendable (Result<AppendResult, IngestFailure>) -> Void = { result in
            budget.release(reserved)
            if eventLoop.inEventLoop {
                handler.value.answer(number, result, content.signal)
            } else {
                eventLoop.execute { handler.value.answer(number, result, content.signal) }
            }
        }
        if bytes.count > Self.maximumBytesOnLoop {
            NIOThreadPool.singleton.submit { [bytes] _ in pipeline.submit(content, bytes, completion) }
        } else {
            pipeline.submit(content, bytes, completion)
            loop.giveBack(bytes)
        }
    }

    /// Refuses a request of which the body was not read to its end.
    private func refuse(_ number: Int, _ failure: IngestFailure, of signal: Signal? = nil) {
        let signal = signal ?? body?.content.signal
        dropBody()
        input = .discardedBody
        deadline = .now() + TimeAmount(loop.limits.readTimeout)
        answers.closeAfter(number)
        answer(number, failure, of: signal)
    }

    private func dropBody() {
        owesContinue = false
        guard var body = body.take() else { return }
        giveBack(&body)
    }

    private func giveBack(_ body: inout IngestBody) {
        loop.budget.release(body.reserved)
        if let inflater = body.inflater { loop.giveBack(inflater) }
        loop.giveBack(body.takeBytes())
    }

    private func countIncomplete() {
        guard let signal = body?.content.signal else { return }
        loop.pipeline.counters.refused(signal, over: .http, .incomplete)
    }

    // MARK: Answers

    private func answer(_ number: Int, _ result: Result<AppendResult, IngestFailure>, _ signal: Signal) {
        switch result {
        case .success(let result):
            answers.fill(number) { HTTPAnswer(result, signal, $0) }
            sendAnswers()
        case .failure(let failure): answer(number, failure, of: signal)
        }
    }

    private func answer(_ number: Int, _ failure: IngestFailure, of signal: Signal?) {
        if let signal, let reason = failure.reason { loop.pipeline.counters.refused(signal, over: .http, reason) }
        answers.fill(number) { HTTPAnswer(failure, $0) }
        sendAnswers()
    }

    private func sendAnswers() {
        guard let context, !isClosing else { return }
        var hasWritten = false
        while let (terms, answer) = answers.next() {
            if loop.isStopping, answers.isEmpty, case .heads = input { input = .ended }
            let connection = answers.isEmpty && isEnded ? .close : terms.connection
            let bytes = loop.encode(answer, connection, isHead: terms.isHead, context.channel.allocator)
            context.write(wrapOutboundOut(bytes), promise: nil)
            hasWritten = true
        }
        if hasWritten {
            flush(context)
            restartIdleTime()
        }
        if answers.isEmpty, isEnded { return closeOnceWritten(context) }
        sendContinue()
        resumeReading()
    }

    private var isEnded: Bool {
        if case .ended = input { true } else { false }
    }

    private func restartIdleTime() {
        switch input {
        case .heads, .ended: if answers.isEmpty { deadline = .now() + TimeAmount(loop.limits.idleTimeout) }
        case .body, .discardedBody: break
        }
    }

    /// Closes behind what is still to be written; a sender that does not read it is ended by the deadline.
    private func closeOnceWritten(_ context: ChannelHandlerContext) {
        isClosing = true
        let written = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Answers `Expect: 100-continue`, once no answer to an earlier request is owed.
    private func sendContinue() {
        guard owesContinue, answers.count == 1, let context else { return }
        owesContinue = false
        context.write(wrapOutboundOut(HTTPAnswer.goOn), promise: nil)
        flush(context)
    }

    private func flush(_ context: ChannelHandlerContext) {
        needsFlush = isReading
        if !isReading { context.flush() }
    }
}

extension Pipeline {
    /// Stores a whole body, in either of its forms.
    fileprivate func submit(
        _ content: IngestHead.Content, _ bytes: [UInt8],
        _ completion: @escaping @Sendable (Result<AppendResult, IngestFailure>) -> Void
    ) {
        let message: [UInt8]
        do {
            message =
                content.encoding == .json
                ? try OTLPJSON.toProtobuf(bytes, OTLPMessage(request: content.signal)) : bytes
        } catch {
            return completion(.failure(IngestFailure(error)))
        }
        submit(content.signal, message, over: .http) { result in
            completion(result.mapError { IngestFailure($0) })
        }
    }
}
