public import Clew
public import GRPCCore
import Tracing

/// A server span, RED metrics and the context of the caller for each RPC that a server handles.
///
/// ```swift
/// let server = GRPCServer(transport: transport, services: [orders], interceptors: [ClewServerInterceptor()])
/// ```
///
/// It stands first, so that it sees what all others do. The span covers the RPC to the last message of its stream, and is
/// current while the handler runs and while it writes. `rpc.server.duration` is in milliseconds, as the conventions have
/// it until 1.38; `rpc.server.requests_per_rpc` and `rpc.server.responses_per_rpc` count messages. Calls of methods that
/// no service has never reach an interceptor. A client that leaves cancels the RPC, which is no error of the server; a
/// deadline that passes is one, where the server itself had most of that time.
///
/// Source: OpenTelemetry semantic conventions 1.37, "RPC spans", "RPC metrics" and "Semantic conventions for gRPC".
public struct ClewServerInterceptor: ServerInterceptor {
    private let instruments: RPCInstruments

    /// - Parameter telemetry: Where spans and metrics go; by default to the global systems.
    public init(telemetry: Telemetry? = nil) {
        instruments = RPCInstruments(InstrumentationBackend(telemetry), .server)
    }

    public func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        var parent = ServiceContext.ofNewRequest
        instruments.backend.tracer.extract(request.metadata, into: &parent, using: MetadataExtractor())
        let call = RPCCall(
            .server, context.descriptor, metadata: request.metadata, server: Peer(context.localPeer),
            peer: Peer(context.remotePeer), parent: parent, instruments: instruments)
        var counted = request
        counted.messages = RPCAsyncSequence(wrapping: CountedRequests(base: request.messages, call: call))
        do {
            let request = counted
            var response = try await ServiceContext.withValue(call.span.context) { try await next(request, context) }
            switch response.accepted {
            case .success(var contents):
                contents.producer = Self.observing(contents.producer, call, context)
                response.accepted = .success(contents)
            case .failure(let error):
                call.failed(error, isCancelled: context.cancellation.isCancelled)
            }
            return response
        } catch {
            call.failed(error, isCancelled: context.cancellation.isCancelled)
            throw error
        }
    }

    private static func observing<Output: Sendable>(
        _ producer: @escaping @Sendable (RPCWriter<Output>) async throws -> Metadata, _ call: RPCCall,
        _ context: ServerContext
    ) -> @Sendable (RPCWriter<Output>) async throws -> Metadata {
        { writer in
            do {
                let counting = CountingWriter(writer: writer) { call.sentOrReceivedResponses($0) }
                let metadata = try await ServiceContext.withValue(call.span.context) {
                    try await producer(RPCWriter(wrapping: counting))
                }
                call.succeeded()
                return metadata
            } catch {
                call.failed(error, isCancelled: context.cancellation.isCancelled)
                throw error
            }
        }
    }
}
