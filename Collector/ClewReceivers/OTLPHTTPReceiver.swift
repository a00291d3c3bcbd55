public import ClewPipeline
import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle

/// Receives OTLP/HTTP: `POST /v1/traces`, `/v1/logs`, `/v1/metrics`; protobuf and JSON; identity and gzip.
///
/// Answers 200 only when the records are durable. A request is decoded on the event loop that read it, one per core, and no
/// task is made for it. Graceful shutdown lets the requests in progress finish; cancellation breaks them off.
///
/// Source: OpenTelemetry protocol specification 1.x, "OTLP/HTTP"; RFC 9110, RFC 9112.
public struct OTLPHTTPReceiver: Service {
    /// Connections that wait in the kernel to be accepted; `net.core.somaxconn` may allow fewer.
    private static let backlog: Int32 = 4096
    /// Bytes of a request's head, and its fields. A connection holds no more of a request that has not begun.
    private static let maximumHeadBytes = 16 << 10
    private static let maximumFields = 100
    /// Bytes of answers that wait for a sender to read them; past the upper number nothing more is read from it.
    private static let unreadAnswers = ChannelOptions.Types.WriteBufferWaterMark(low: 16 << 10, high: 32 << 10)
    /// How long accepting pauses when the process has no file descriptor or memory for a connection.
    private static let acceptPause = TimeAmount.milliseconds(200)

    /// Kept for the life of the process, because a store may tell of a commit after the receiver has ended. Apart from the
    /// loops of other sockets, because decoding occupies it.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

    private let host: String
    private let port: Int
    private let pipeline: Pipeline
    private let limits: IngestLimits
    private let onBound: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - onBound: Told the port once requests are received.
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
        let budget = InFlightBudget(limit: limits.maximumInFlightBytes)
        let loops = IngestLoops(Self.group) { eventLoop in
            IngestLoop(eventLoop: eventLoop, pipeline: pipeline, limits: limits, budget: budget)
        }
        let channel = try await bind(loops)
        loops.start()
        onBound(channel.localAddress?.port ?? port)
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                try? await channel.closeFuture.get()
            } onGracefulShutdown: {
                channel.close(promise: nil)
            }
            await loops.stop()
        } onCancel: {
            channel.close(promise: nil)
            loops.abort()
        }
    }

    private func bind(_ loops: IngestLoops) async throws -> any Channel {
        try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // As the gate needs it.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { [limits] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in Self.acceptPause },
                        ConnectionGate(maximum: limits.maximumConnections),
                    ])
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One sender that always has more to send does not keep the others of its event loop waiting.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.writeBufferWaterMark, value: Self.unreadAnswers)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: Self.decoderLimits)),
                        OTLPConnectionHandler(try loops.loop(of: channel.eventLoop)),
                    ])
                }
            }
            .bind(host: host, port: port)
            .get()
    }

    private static let decoderLimits = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = maximumHeadBytes
        limits.maxHeaderListSize = maximumHeadBytes
        limits.maxHeaderFieldCount = maximumFields
        return limits
    }()
}
