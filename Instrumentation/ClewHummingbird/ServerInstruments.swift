import Clew
import ClewModel
import CoreMetrics
import HTTPTypes
import Logging

/// What all exchanges of one middleware share.
final class ServerInstruments: Sendable {
    struct ActiveKey: Hashable {
        var method: String
        var scheme: String
    }

    struct Key: Hashable {
        var method: String
        var scheme: String
        var version: String?
        var route: String?
        var status: Int?
        var errorType: String?
    }

    let backend: InstrumentationBackend
    let options: ClewMiddlewareOptions
    let active: MetricHandles<ActiveKey, Meter>
    let requests: MetricHandles<Key, HTTPHandles>
    let requestHeaders: [CapturedHeader]
    let responseHeaders: [CapturedHeader]

    init(_ backend: InstrumentationBackend, _ options: ClewMiddlewareOptions) {
        self.backend = backend
        self.options = options
        active = MetricHandles(backend) { key, factory in
            Meter(
                label: SemanticConventions.httpServerActiveRequests,
                dimensions: [
                    (SemanticConventions.httpRequestMethod, key.method), (SemanticConventions.urlScheme, key.scheme),
                ],
                factory: factory)
        }
        let measuresBodies = options.measuresBodies
        requests = MetricHandles(backend) { key, factory in
            HTTPHandles(
                duration: SemanticConventions.httpServerRequestDuration,
                bodies: measuresBodies
                    ? (
                        SemanticConventions.httpServerRequestBodySize,
                        SemanticConventions.httpServerResponseBodySize
                    ) : nil,
                dimensions: key.dimensions, factory: factory)
        }
        requestHeaders = options.capturedRequestHeaders.map {
            CapturedHeader($0, SemanticConventions.httpRequestHeaderPrefix)
        }
        responseHeaders = options.capturedResponseHeaders.map {
            CapturedHeader($0, SemanticConventions.httpResponseHeaderPrefix)
        }
    }
}

extension ServerInstruments.Key {
    fileprivate var dimensions: [(String, String)] {
        let optional: [(String, String?)] = [
            (SemanticConventions.httpRequestMethod, method),
            (SemanticConventions.urlScheme, scheme),
            (SemanticConventions.networkProtocolVersion, version),
            (SemanticConventions.httpRoute, route),
            (SemanticConventions.httpResponseStatusCode, status.map(String.init)),
            (SemanticConventions.errorType, errorType),
        ]
        return optional.compactMap { key, value in value.map { (key, $0) } }
    }
}

/// A header that spans keep, with the attribute that it becomes.
struct CapturedHeader: Sendable {
    let name: HTTPField.Name
    let attribute: String

    init(_ name: HTTPField.Name, _ prefix: String) {
        self.name = name
        attribute = prefix + name.canonicalName
    }
}
