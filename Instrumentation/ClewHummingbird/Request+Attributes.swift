import Clew
import ClewModel
import HTTPTypes
import Hummingbird
import NIOCore
import Tracing

extension Request {
    /// Writes what is known of a request before it is handled.
    func describe(
        _ attributes: inout SpanDescription, method known: String, scheme: String, connection: ServerConnection,
        instruments: ServerInstruments
    ) {
        attributes[SemanticConventions.httpRequestMethod] = known
        if known != method.rawValue {
            attributes[SemanticConventions.httpRequestMethodOriginal] = method.rawValue
        }
        attributes[SemanticConventions.urlScheme] = scheme
        attributes[SemanticConventions.urlPath] = uri.path
        attributes[SemanticConventions.urlQuery] = uri.query.map(HTTPConventions.redactedQuery)
        attributes[SemanticConventions.userAgentOriginal] = headers[.userAgent]
        attributes[SemanticConventions.networkProtocolVersion] = connection.protocolVersion
        describeAddresses(&attributes, connection.remoteAddress, instruments.options.clientAddress)
        headers.describe(&attributes, instruments.requestHeaders)
    }

    /// Who called, and which host and port were called.
    private func describeAddresses(
        _ attributes: inout SpanDescription, _ peer: SocketAddress?, _ source: ClientAddressSource
    ) {
        let peerAddress = peer?.ipAddress ?? peer?.pathname
        if let client = source.address(in: headers) {
            attributes[SemanticConventions.clientAddress] = client
            attributes[SemanticConventions.networkPeerAddress] = peerAddress
            attributes[SemanticConventions.networkPeerPort] = peer?.port
        } else {
            attributes[SemanticConventions.clientAddress] = peerAddress
            attributes[SemanticConventions.clientPort] = peer?.port
        }
        if let authority = head.authority, !authority.isEmpty {
            let (host, port) = HTTPConventions.hostAndPort(authority)
            attributes[SemanticConventions.serverAddress] = host
            attributes[SemanticConventions.serverPort] = port
        }
    }

    /// The length that the request's head declares: zero where it declares no body, `nil` where only reading tells.
    var declaredBodySize: Int? {
        if let length = headers[.contentLength] { return Int(length) }
        let mayHaveBody = headers[.transferEncoding] != nil || [.post, .put, .patch].contains(method)
        return mayHaveBody ? nil : 0
    }
}

extension HTTPFields {
    /// Writes the captured headers that are there, each as a list of its values.
    func describe(_ attributes: inout SpanDescription, _ captured: [CapturedHeader]) {
        for header in captured where contains(header.name) {
            attributes[header.attribute] = SpanAttribute.stringArray(self[values: header.name])
        }
    }
}

/// What a request's context may know of its connection.
struct ServerConnection {
    var remoteAddress: SocketAddress?
    var protocolVersion: String?

    init(_ context: some RequestContext) {
        remoteAddress = (context as? any RemoteAddressRequestContext)?.remoteAddress
        protocolVersion = (context as? any ProtocolVersionRequestContext)?.networkProtocolVersion
    }
}

extension HTTPField.Name {
    /// The header in which a response returns the correlation id.
    static let correlationID = HTTPField.Name(CorrelationID.header)
}
