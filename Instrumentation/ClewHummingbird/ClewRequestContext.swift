public import Hummingbird
public import NIOCore

/// A request context that knows the version of HTTP in which its request came.
///
/// Hummingbird does not tell its middleware, so `network.protocol.version` is written only for such a context.
public protocol ProtocolVersionRequestContext: RequestContext {
    /// `1.1` or `2`.
    var networkProtocolVersion: String? { get }
}

/// A request context with which ``ClewMiddleware`` can say who called and over which version of HTTP.
///
/// ```swift
/// let router = Router(context: ClewRequestContext.self)
/// ```
///
/// With `BasicRequestContext` spans have neither `client.address` nor `network.protocol.version`; a service with a context
/// of its own conforms it to `RemoteAddressRequestContext` and ``ProtocolVersionRequestContext`` instead.
public struct ClewRequestContext: RemoteAddressRequestContext, ProtocolVersionRequestContext {
    public var coreContext: CoreRequestContextStorage
    public let remoteAddress: SocketAddress?
    public let networkProtocolVersion: String?

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
        networkProtocolVersion = source.networkProtocolVersion
    }
}

extension ApplicationRequestContextSource {
    /// The version of HTTP of the connection: `2` for a stream of HTTP/2, else `1.1`, also where a client says 1.0.
    public var networkProtocolVersion: String {
        // The channel of a stream is the child of a connection, which is the child of the listening channel.
        channel.parent?.parent == nil ? "1.1" : "2"
    }
}
