public import Clew
public import GRPCCore
import Tracing

/// A client span and metrics for each RPC that a client makes, which carries the context of the caller.
///
/// ```swift
/// let client = GRPCClient(transport: transport, interceptors: [ClewClientInterceptor(server: "orders.internal")])
/// ```
///
/// It stands first, so that it sees what all others do. The span covers the RPC to the end of its
/// stream, or to where its handler stops to read it. `rpc.client.duration` is in milliseconds, as the conventions have it
/// until 1.38; `rpc.client.requests_per_rpc` and `rpc.client.responses_per_rpc` count messages.
///
/// Every status but `OK` is an error, except where the calling task was cancelled or left the stream early. gRPC Swift asks interceptors once a
/// connection is there, and again for each retry: the wait for a connection is in no span, and each attempt has its own.
///
/// Source: OpenTelemetry semantic conventions 1.37, "RPC spans", "RPC metrics" and "Semantic conventions for gRPC".
public struct ClewClientInterceptor: ClientInterceptor {
    private let instruments: RPCInstruments
    private let server: Peer?

    /// - Parameters:
    ///   - server: The name by which the server is called, for `server.address`; by default its address on the
    ///     connection.
    ///   - port: The server's port, for `server.port`.
    ///   - telemetry: Where spans and metrics go; by default to the global systems.
    public init(server: String? = nil, port: Int? = nil, telemetry: Telemetry? = nil) {
        instruments = RPCInstruments(InstrumentationBackend(telemetry), .client)
        self.server = server.map { Peer(address: $0, port: port) }
    }

    public func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingClientRequest<Input>,
        context: ClientContext,
        next: (StreamingClientRequest<Input>, ClientContext) async throws -> StreamingClientResponse<Output>
    ) async throws -> StreamingClientResponse<Output> {
        let peer = Peer(context.remotePeer)
        let call = RPCCall(
            .client, context.descriptor, metadata: request.metadata, server: server ?? peer, peer: peer,
            parent: .current ?? .topLevel, instruments: instruments)
        var outgoing = request
        instruments.backend.tracer.inject(
            call.span.context, into: &outgoing.metadata, using: MetadataInjector())
        let producer = request.producer
        outgoing.producer = { writer in
            let counting = CountingWriter(writer: writer) { call.sentOrReceivedRequests($0) }
            try await producer(RPCWriter(wrapping: counting))
        }
        do {
            var response = try await ServiceContext.withValue(call.span.context) { try await next(outgoing, context) }
            switch response.accepted {
            case .success(var contents):
                contents.bodyParts = RPCAsyncSequence(wrapping: ObservedParts(base: contents.bodyParts, call: call))
                response.accepted = .success(contents)
            case .failure(let error): call.failed(error, isCancelled: Task.isCancelled)
            }
            return response
        } catch {
            call.failed(error, isCancelled: Task.isCancelled)
            throw error
        }
    }
}
