import Clew
import ClewModel
import CoreMetrics
import Tracing

/// What all calls of one client share.
final class ClientInstruments: Sendable {
    /// What is known of a call before it is answered.
    struct Target: Hashable {
        var method: String
        var server: RequestTarget?
        var template: String?
    }

    struct Key: Hashable {
        var target: Target
        var version: String?
        var status: Int?
        var errorType: String?
    }

    let backend: InstrumentationBackend
    let measuresBodies: Bool
    let active: MetricHandles<Target, Meter>
    let calls: MetricHandles<Key, HTTPHandles>

    init(_ backend: InstrumentationBackend, measuresBodies: Bool) {
        self.backend = backend
        self.measuresBodies = measuresBodies
        active = MetricHandles(backend) { target, factory in
            Meter(
                label: SemanticConventions.httpClientActiveRequests, dimensions: target.dimensions, factory: factory)
        }
        calls = MetricHandles(backend) { key, factory in
            HTTPHandles(
                duration: SemanticConventions.httpClientRequestDuration,
                bodies: measuresBodies
                    ? (
                        SemanticConventions.httpClientRequestBodySize,
                        SemanticConventions.httpClientResponseBodySize
                    ) : nil,
                dimensions: key.dimensions, factory: factory)
        }
    }
}

extension ClientInstruments.Target {
    fileprivate var dimensions: [(String, String)] {
        var dimensions = [(SemanticConventions.httpRequestMethod, method)]
        if let server {
            dimensions.append((SemanticConventions.serverAddress, server.host))
            dimensions.append((SemanticConventions.serverPort, String(server.port)))
            dimensions.append((SemanticConventions.urlScheme, server.scheme))
        }
        if let template { dimensions.append((SemanticConventions.urlTemplate, template)) }
        return dimensions
    }

    func describe(_ attributes: inout SpanDescription, method original: String, url: String) {
        attributes[SemanticConventions.httpRequestMethod] = method
        if method != original { attributes[SemanticConventions.httpRequestMethodOriginal] = original }
        attributes[SemanticConventions.urlFull] = HTTPConventions.redactedURL(url)
        attributes[SemanticConventions.urlTemplate] = template
        attributes[SemanticConventions.urlScheme] = server?.scheme
        attributes[SemanticConventions.serverAddress] = server?.host
        attributes[SemanticConventions.serverPort] = server?.port
    }
}

extension ClientInstruments.Key {
    fileprivate var dimensions: [(String, String)] {
        let optional: [(String, String?)] = [
            (SemanticConventions.networkProtocolVersion, version),
            (SemanticConventions.httpResponseStatusCode, status.map(String.init)),
            (SemanticConventions.errorType, errorType),
        ]
        return target.dimensions + optional.compactMap { key, value in value.map { (key, $0) } }
    }
}

/// The parts of a URL that the conventions ask for.
struct RequestTarget: Hashable {
    var scheme: String
    var host: String
    var port: Int

    init?(_ url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        scheme = url[..<separator.lowerBound].lowercased()
        let authority = url[separator.upperBound...].prefix { !"/?#".contains($0) }
        let target = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let parts = HTTPConventions.hostAndPort(target)
        host = parts.host
        port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard !host.isEmpty else { return nil }
    }
}
