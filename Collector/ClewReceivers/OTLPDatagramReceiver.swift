public import ClewPipeline
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// Receives OTLP over UDP until graceful shutdown, which stores what has come.
///
/// A datagram is one OTLP message, with the header that ``UDPHeader`` describes or, as protobuf traces, without one.
/// Nothing is acknowledged: what is lost, malformed or dropped is counted.
public struct OTLPDatagramReceiver: Service {
    /// Datagrams read by one system call, and the largest that UDP can carry.
    private static let datagramsPerRead = 16
    private static let maximumDatagramBytes = 64 << 10

    private let host: String
    private let port: Int
    private let pipeline: Pipeline
    private let limits: IngestLimits
    private let onBound: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - onBound: Told the port once datagrams are received.
    public init(
        host: String, port: Int, pipeline: Pipeline, limits: IngestLimits = IngestLimits(),
        onBound: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.pipeline = pipeline
        self.limits = limits
        self.onBound = onBound
    }

    public func run() async throws {
        let queue = DatagramQueue(capacity: limits.datagramQueueBytes)
        let channel = try await bind(queue)
        channel.closeFuture.whenComplete { _ in queue.finish() }
        onBound(channel.localAddress?.port ?? port)
        await withTaskCancellationOrGracefulShutdownHandler {
            let batcher = DatagramBatcher(pipeline: pipeline)
            while let datagrams = await queue.take() { await batcher.store(datagrams) }
        } onCancelOrGracefulShutdown: {
            channel.close(promise: nil)
        }
    }

    private func bind(_ queue: DatagramQueue) async throws -> any Channel {
        let allocator = FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * Self.maximumDatagramBytes)
        return try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: .init(limits.datagramBufferBytes))
            .channelOption(.recvAllocator, value: allocator)
            .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramHandler(queue: queue, counters: pipeline.counters))
                }
            }
            .bind(host: host, port: port)
            .get()
    }
}
