public import HTTPTypes

/// What ``ClewMiddleware`` observes beyond its defaults.
public struct ClewMiddlewareOptions: Sendable {
    /// Paths, compared whole and without their query, whose requests are neither measured nor logged and start no
    /// spans: those of health checks. Default none.
    public var excludedPaths: Set<String> = []
    /// Whether each request makes a log line, of level `info` or, for a failed one, `error`. Default true.
    public var logsRequests = true
    /// Whose address `client.address` is. Default ``ClientAddressSource/peer``.
    public var clientAddress = ClientAddressSource.peer
    /// Whether `http.server.request.body.size` and `http.server.response.body.size`, in bytes, are measured and written
    /// to the span. Default false, as the conventions have it.
    ///
    /// A request of known length counts as that long, because the server reads what the handler leaves; of a chunked one
    /// the bytes count that the handler reads. To count them its body is replaced, after which Hummingbird cannot run
    /// `consumeWithInboundCloseHandler` on a chunked body that the handler replaces once more.
    public var measuresBodies = false
    /// Request headers that the span keeps as `http.request.header.NAME`. Default none: headers may hold secrets.
    public var capturedRequestHeaders: [HTTPField.Name] = []
    /// Response headers that the span keeps as `http.response.header.NAME`. Default none.
    public var capturedResponseHeaders: [HTTPField.Name] = []

    public init() {}
}

/// Where the address of a client is read.
///
/// A header says what its last writers say, so it is believed only for as many entries as there are proxies that the
/// service's owner runs; everything left of those is the client's own word.
public enum ClientAddressSource: Hashable, Sendable {
    /// The other end of the connection; the request context says it, see ``ClewRequestContext``.
    case peer
    /// `Forwarded` (RFC 7239), to which each of so many trusted proxies appends an element.
    case forwarded(proxies: Int)
    /// `X-Forwarded-For`, to which each of so many trusted proxies appends an address.
    case xForwardedFor(proxies: Int)
}
