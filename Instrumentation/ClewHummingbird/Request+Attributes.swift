import Clew
import ClewModel
import HTTPTypes
import Hummingbird
import NIOCore
import Tracing

extension Request {
    /// Writes what is known of a request before it is handled.
    func describe(_ attributes: inout SpanAttributes, remoteAddress: SocketAddress?) {
        let known = HTTPConventions.method(method.rawValue)
        attributes[SemanticConventions.httpRequestMethod] = known
        if known != method.rawValue {
            attributes[SemanticConventions.httpRequestMethodOriginal] = method.rawValue
        }
        attributes[SemanticConventions.urlScheme] = head.scheme ?? "http"
        attributes[SemanticConventions.urlPath] = uri.path
        attributes[SemanticConventions.urlQuery] = uri.query.map(HTTPConventions.redactedQuery)
        attributes[SemanticConventions.userAgentOriginal] = headers[.userAgent]
        attributes[SemanticConventions.httpRequestBodySize] = headers[.contentLength].flatMap { Int($0) }
        attributes[SemanticConventions.clientAddress] = remoteAddress?.ipAddress ?? remoteAddress?.pathname
        attributes[SemanticConventions.clientPort] = remoteAddress?.port
        if let (host, port) = server {
            attributes[SemanticConventions.serverAddress] = host
            attributes[SemanticConventions.serverPort] = port
        }
    }

    /// The host and port that the client asked for.
    private var server: (host: String, port: Int?)? {
        guard let authority = head.authority, !authority.isEmpty else { return nil }
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...])
        else { return (authority, nil) }
        return (String(authority[..<colon]), port)
    }
}

/// Reads context from the headers of a request.
struct HTTPFieldsExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { headers[$0] }
    }
}

extension HTTPField.Name {
    /// The header in which a response returns the correlation id.
    static let correlationID = HTTPField.Name(CorrelationID.header)
}
