import Clew
import ClewModel
import CoreMetrics
import GRPCCore
import Synchronization
import Tracing

/// One RPC on either side, from its first metadata to the end of its stream, with its span and its measurement.
///
/// Ends once, at the latest when nothing refers to it any more: then its stream was left before its end, which is how gRPC
/// cancels.
final class RPCCall: Sendable {
    enum Side: Sendable {
        case server
        case client
    }

    private struct State {
        var requests = 0
        var responses = 0
        var hasEnded = false
    }

    let span: any Tracing.Span
    private let side: Side
    private let instruments: RPCInstruments
    private let method: MethodDescriptor
    private let server: Peer?
    private let timeout: Duration?
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    /// - Parameters:
    ///   - server: The server's address as the conventions want it.
    ///   - peer: The other end of the connection.
    ///   - metadata: That of the request, in which gRPC writes the deadline.
    init(
        _ side: Side, _ method: MethodDescriptor, metadata: Metadata, server: Peer?, peer: Peer?,
        parent: ServiceContext, instruments: RPCInstruments
    ) {
        self.side = side
        self.method = method
        self.server = server
        timeout = RPCConventions.timeout(metadata)
        self.instruments = instruments
        span = instruments.backend.tracer.startSpan(
            method.fullyQualifiedMethod, context: parent, ofKind: side == .server ? .server : .client)
        guard span.isRecording else { return }
        span.describe { attributes in
            attributes[SemanticConventions.rpcSystem] = "grpc"
            attributes[SemanticConventions.rpcService] = method.service.fullyQualifiedService
            attributes[SemanticConventions.rpcMethod] = method.method
            attributes[SemanticConventions.serverAddress] = server?.address
            attributes[SemanticConventions.serverPort] = server?.port
            attributes[SemanticConventions.networkPeerAddress] = peer?.address
            attributes[SemanticConventions.networkPeerPort] = peer?.port
            if side == .server {
                attributes[SemanticConventions.clientAddress] = peer?.address
                attributes[SemanticConventions.clientPort] = peer?.port
            }
        }
    }

    deinit { cancelled() }

    func sentOrReceivedRequests(_ count: Int = 1) { state.withLock { $0.requests += count } }

    func sentOrReceivedResponses(_ count: Int = 1) { state.withLock { $0.responses += count } }

    func succeeded() { end(nil, isError: false) }

    /// - Parameter isCancelled: Whether the caller left; an error that follows from that is none.
    func failed(_ error: any Error, isCancelled: Bool) {
        let rpc = RPCConventions.rpcError(error)
        if isCancelled, error is CancellationError || rpc.code == .cancelled || rpc.cause is CancellationError {
            return cancelled()
        }
        let isError = side == .client || RPCConventions.isServerError(rpc.code)
        if isError { span.recordError(rpc.cause ?? error) }
        end(rpc.code, isError: isError, message: rpc.message)
    }

    /// The caller left, which is no error, or its deadline passed, which is one.
    ///
    /// Both sides only see that gRPC cancelled their task. Its timer runs from before the connection was there, so a call
    /// that was cancelled in the last tenth of its time counts as late.
    private func cancelled() {
        let isLate = timeout.map { start.duration(to: .now) >= $0 * 9 / 10 } == true
        end(isLate ? .deadlineExceeded : .cancelled, isError: isLate)
    }

    private func end(_ code: RPCError.Code?, isError: Bool, message: String = "") {
        let ended = state.withLock { state -> State? in
            defer { state.hasEnded = true }
            return state.hasEnded ? nil : state
        }
        guard let ended else { return }
        let duration = start.duration(to: .now)
        let status = code.map(\.rawValue) ?? Status.Code.ok.rawValue
        ServiceContext.withValue(span.context) {
            let handles = instruments.calls[.init(method: method, server: server, status: status)]
            handles.duration.record(Double(duration.nanoseconds) / 1e6)
            handles.requests.record(ended.requests)
            handles.responses.record(ended.responses)
        }
        if span.isRecording {
            span.describe { attributes in
                attributes[SemanticConventions.rpcGRPCStatusCode] = status
                if isError, let code { attributes[SemanticConventions.errorType] = RPCConventions.name(of: code) }
            }
            if isError { span.setStatus(SpanStatus(code: .error, message: message.isEmpty ? nil : message)) }
        }
        span.end()
    }
}

/// What all calls of one interceptor share.
final class RPCInstruments: Sendable {
    struct Key: Hashable {
        var method: MethodDescriptor
        var server: Peer?
        var status: Int
    }

    struct Handles: Sendable {
        /// In milliseconds, as the conventions have it until 1.38.
        var duration: Recorder
        var requests: Recorder
        var responses: Recorder
    }

    let backend: InstrumentationBackend
    let calls: MetricHandles<Key, Handles>

    init(_ backend: InstrumentationBackend, _ side: RPCCall.Side) {
        self.backend = backend
        let isServer = side == .server
        calls = MetricHandles(backend) { key, factory in
            let dimensions = key.dimensions
            func recorder(_ label: String) -> Recorder {
                Recorder(label: label, dimensions: dimensions, aggregate: true, factory: factory)
            }
            return Handles(
                duration: recorder(
                    isServer ? SemanticConventions.rpcServerDuration : SemanticConventions.rpcClientDuration),
                requests: recorder(
                    isServer
                        ? SemanticConventions.rpcServerRequestsPerRPC : SemanticConventions.rpcClientRequestsPerRPC),
                responses: recorder(
                    isServer
                        ? SemanticConventions.rpcServerResponsesPerRPC : SemanticConventions.rpcClientResponsesPerRPC))
        }
    }
}

extension RPCInstruments.Key {
    fileprivate var dimensions: [(String, String)] {
        let optional: [(String, String?)] = [
            (SemanticConventions.rpcSystem, "grpc"),
            (SemanticConventions.rpcService, method.service.fullyQualifiedService),
            (SemanticConventions.rpcMethod, method.method),
            (SemanticConventions.rpcGRPCStatusCode, String(status)),
            (SemanticConventions.serverAddress, server?.address),
            (SemanticConventions.serverPort, server?.port.map { String($0) }),
        ]
        return optional.compactMap { key, value in value.map { (key, $0) } }
    }
}
