import ClewPipeline
import ClewWire
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the connections of one event loop share: limits, memory to use again, the clock that ends slow senders.
///
/// Belongs to its event loop, so nothing here is locked.
final class IngestLoop {
    /// Kept for the next request: at most so many buffers and decompressors, and no buffer with more capacity than this.
    private static let maximumSpares = 4
    private static let maximumSpareBytes = 1 << 20

    let limits: IngestLimits
    let pipeline: Pipeline
    let budget: InFlightBudget
    private(set) var isStopping = false

    private let eventLoop: any EventLoop
    private var connections: [ObjectIdentifier: OTLPConnectionHandler] = [:]
    private var buffers: [[UInt8]] = []
    private var inflaters: [Inflater] = []
    private var ticker: RepeatedTask?
    private var stopped: EventLoopPromise<Void>?
    private var date = ""
    /// The answer to most requests, whole, until the date changes.
    private var acknowledgements: [OTLPEncoding: ByteBuffer] = [:]

    init(eventLoop: any EventLoop, pipeline: Pipeline, limits: IngestLimits, budget: InFlightBudget) {
        self.eventLoop = eventLoop
        self.pipeline = pipeline
        self.limits = limits
        self.budget = budget
    }

    /// Begins to end connections whose time is over. One clock for all connections costs a request nothing; it ends them up
    /// to a quarter of the shorter timeout, or a second, late.
    func start() {
        updateDate()
        let shorter = TimeAmount(min(limits.readTimeout, limits.idleTimeout)).nanoseconds
        let interval = TimeAmount.nanoseconds(min(max(shorter / 4, 1_000_000), 1_000_000_000))
        let loop = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in loop.value.tick() }
    }

    private func tick() {
        updateDate()
        let now = NIODeadline.now()
        for connection in connections.values { connection.endIfLate(now) }
    }

    private func updateDate() {
        let current = HTTPDate.text(time(nil))
        guard current != date else { return }
        date = current
        acknowledgements = [:]
    }

    // MARK: Connections

    func add(_ connection: OTLPConnectionHandler) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: OTLPConnectionHandler) {
        connections[ObjectIdentifier(connection)] = nil
        finishStopping()
    }

    /// Closes idle connections now and the others after their answers.
    ///
    /// - Parameter promise: Fulfilled when all are closed.
    func stop(_ promise: EventLoopPromise<Void>) {
        isStopping = true
        stopped = promise
        for connection in Array(connections.values) { connection.stop() }
        finishStopping()
    }

    /// Closes all connections now.
    func abort() {
        isStopping = true
        for connection in Array(connections.values) { connection.abort() }
    }

    private func finishStopping() {
        guard connections.isEmpty, let promise = stopped.take() else { return }
        ticker?.cancel()
        promise.succeed()
    }

    // MARK: Answers

    func encode(
        _ answer: HTTPAnswer, _ connection: ConnectionReuse, isHead: Bool, _ allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        guard answer.isPlainAcknowledgement, connection == .keepAlive, !isHead else {
            return answer.encoded(connection, isHead: isHead, date: date, allocator)
        }
        if let known = acknowledgements[answer.encoding] { return known }
        let bytes = answer.encoded(.keepAlive, isHead: false, date: date, allocator)
        acknowledgements[answer.encoding] = bytes
        return bytes
    }

    // MARK: Memory to use again

    func takeBuffer() -> [UInt8] { buffers.popLast() ?? [] }

    func giveBack(_ buffer: consuming [UInt8]) {
        guard buffers.count < Self.maximumSpares, buffer.capacity <= Self.maximumSpareBytes else { return }
        var buffer = buffer
        buffer.removeAll(keepingCapacity: true)
        buffers.append(buffer)
    }

    func takeInflater() throws(WireError) -> Inflater {
        guard let inflater = inflaters.popLast() else { return try Inflater(.gzip) }
        inflater.reset()
        return inflater
    }

    func giveBack(_ inflater: Inflater) {
        if inflaters.count < Self.maximumSpares { inflaters.append(inflater) }
    }
}
