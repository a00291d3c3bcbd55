public import ClewModel
import ClewWire
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A collector on a real port that keeps what it is sent, and misbehaves on demand.
///
/// ```swift
/// try await FakeCollector.run(schedule: [.answer(status: 503), .closeInBody]) { collector in
///     let environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint]
///     // ...
///     #expect(try await collector.waitForSpans(count: 3).count == 3)
/// }
/// ```
public final class FakeCollector: ReceivedTelemetry {
    private struct State {
        var port = 0
        var requests: [Received] = []
        var behaviour: Behaviour
        var schedule: ArraySlice<Behaviour>
        var connectionCount = 0
        var open: [ObjectIdentifier: any Channel] = [:]
        var isStopped = false
    }

    private let state: Mutex<State>
    /// Counts the requests.
    public let arrivals = Arrivals()
    /// Counts the connections that have ended, by either side.
    public let closedConnections = Arrivals()

    private init(_ behaviour: Behaviour, _ schedule: [Behaviour]) {
        state = Mutex(State(behaviour: behaviour, schedule: schedule[...]))
    }

    /// The port on the loopback interface.
    public var port: Int { state.withLock(\.port) }

    /// `http://127.0.0.1:PORT`.
    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// Every request, whatever it was answered.
    public var requests: [Received] { state.withLock(\.requests) }

    /// How many connections were opened so far.
    public var connectionCount: Int { state.withLock(\.connectionCount) }

    /// How requests are answered once the ``schedule`` is used up.
    public var behaviour: Behaviour {
        get { state.withLock(\.behaviour) }
        set { state.withLock { $0.behaviour = newValue } }
    }

    /// How the next requests are answered, one entry each.
    public var schedule: [Behaviour] {
        get { state.withLock { Array($0.schedule) } }
        set { state.withLock { $0.schedule = newValue[...] } }
    }

    /// The spans of all requests that can be decoded, protobuf or JSON.
    public var spans: [ClewModel.Span] { requests.flatMap(\.spans) }

    /// The log records of all requests that can be decoded, protobuf or JSON.
    public var logs: [LogRecord] { requests.flatMap(\.logs) }

    /// The metrics of all requests that can be decoded, protobuf or JSON.
    public var metrics: [Metric] { requests.flatMap(\.metrics) }

    /// Returns when at least this many requests came, or when the task is cancelled.
    public func received(atLeast count: Int) async { await arrivals.reached(count) }
}

extension FakeCollector {
    /// A request as it came, after decompression.
    public struct Received: Sendable {
        public var signal: Signal
        /// By their names in lower case.
        public var headers: [String: String]
        public var body: [UInt8]
        /// What was done with it.
        public var behaviour: Behaviour

        /// Whether the answer said that everything was taken for good.
        public var isAccepted: Bool { behaviour.isAcceptance }

        public var spans: [ClewModel.Span] { signal == .traces ? (try? OTLP.decodeTraces(protobuf)) ?? [] : [] }
        public var logs: [LogRecord] { signal == .logs ? (try? OTLP.decodeLogs(protobuf)) ?? [] : [] }
        public var metrics: [Metric] { signal == .metrics ? (try? OTLP.decodeMetrics(protobuf)) ?? [] : [] }

        var isJSON: Bool { headers["content-type"]?.hasPrefix("application/json") ?? false }

        private var protobuf: [UInt8] {
            isJSON ? (try? OTLPJSON.toProtobuf(body, OTLPMessage(request: signal))) ?? [] : body
        }
    }
}

// MARK: - Running

extension FakeCollector {
    /// Runs a collector on a free port of the loopback interface while `body` runs.
    ///
    /// - Parameters:
    ///   - behaviour: How requests are answered.
    ///   - schedule: How the first requests are answered before that, one entry each.
    public static func run<Result: Sendable>(
        _ behaviour: Behaviour = .accept, schedule: [Behaviour] = [],
        _ body: @Sendable (FakeCollector) async throws -> Result
    ) async throws -> Result {
        let collector = FakeCollector(behaviour, schedule)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try collector.opened(channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        collector.state.withLock { $0.port = server.localAddress?.port ?? 0 }
        do {
            let result = try await body(collector)
            await collector.stop(server)
            return result
        } catch {
            await collector.stop(server)
            throw error
        }
    }

    /// Closes all connections; what is still sent is refused by the system.
    private func stop(_ server: any Channel) async {
        let open = state.withLock { state in
            state.isStopped = true
            return Array(state.open.values)
        }
        // Errors mean that it is closed already.
        try? await server.close()
        for channel in open { try? await channel.close() }
    }

    private func opened(_ channel: any Channel) throws {
        let (behaviour, isStopped) = state.withLock { state in
            state.connectionCount += 1
            state.open[ObjectIdentifier(channel)] = channel
            let next = state.schedule.first ?? state.behaviour
            guard next == .close || next == .neverRead else { return (nil as Behaviour?, state.isStopped) }
            _ = state.schedule.popFirst()
            return (next, state.isStopped)
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.open[ObjectIdentifier(channel)] = nil }
            self.closedConnections.arrived()
        }
        if isStopped || behaviour == .close {
            channel.close(promise: nil)
        } else if behaviour == .neverRead {
            try channel.syncOptions?.setOption(.autoRead, value: false)
        } else {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            try channel.pipeline.syncOperations.addHandler(CollectorConnection(self))
        }
    }

    /// Keeps a request and says what to do with it.
    func record(_ signal: Signal, headers: [String: String], body: [UInt8]) -> Received {
        let received = state.withLock { state in
            let behaviour = state.schedule.popFirst() ?? state.behaviour
            let received = Received(signal: signal, headers: headers, body: body, behaviour: behaviour)
            state.requests.append(received)
            return received
        }
        arrivals.arrived()
        return received
    }
}
