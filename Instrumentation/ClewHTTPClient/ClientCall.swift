import AsyncHTTPClient
import Clew
import ClewModel
import CoreMetrics
import NIOHTTP1
import Tracing

/// One call of a client, with its span and its measurement.
struct ClientCall {
    let span: any Tracing.Span
    private let backend: InstrumentationBackend
    private let start = ContinuousClock.now
    private let dimensions: [(String, String)]

    init(_ request: HTTPClientRequest, backend: InstrumentationBackend) {
        self.backend = backend
        let method = request.method.rawValue
        let target = RequestTarget(request.url)
        var dimensions = [(SemanticConventions.httpRequestMethod, HTTPConventions.method(method))]
        if let target {
            dimensions.append((SemanticConventions.serverAddress, target.host))
            dimensions.append((SemanticConventions.serverPort, String(target.port)))
            dimensions.append((SemanticConventions.urlScheme, target.scheme))
        }
        self.dimensions = dimensions
        span = backend.tracer.startSpan(
            HTTPConventions.spanName(method: method, route: nil), context: .current ?? .topLevel, ofKind: .client)
        span.updateAttributes { attributes in
            let known = HTTPConventions.method(method)
            attributes[SemanticConventions.httpRequestMethod] = known
            if known != method { attributes[SemanticConventions.httpRequestMethodOriginal] = method }
            attributes[SemanticConventions.urlFull] = HTTPConventions.redactedURL(request.url)
            attributes[SemanticConventions.urlScheme] = target?.scheme
            attributes[SemanticConventions.serverAddress] = target?.host
            attributes[SemanticConventions.serverPort] = target?.port
        }
    }

    /// For a client every status from 400 is an error.
    func responded(_ status: HTTPResponseStatus) {
        span.attributes[SemanticConventions.httpResponseStatusCode] = Int(status.code)
        end(status: status, errorType: status.code >= 400 ? String(status.code) : nil)
    }

    /// A cancelled call is measured, but not counted as an error.
    func failed(_ error: any Error) {
        span.recordError(error)
        end(status: nil, errorType: error is CancellationError ? nil : ErrorType.name(of: error))
    }

    private func end(status: HTTPResponseStatus?, errorType: String?) {
        var dimensions = dimensions
        if let status { dimensions.append((SemanticConventions.httpResponseStatusCode, String(status.code))) }
        if let errorType {
            dimensions.append((SemanticConventions.errorType, errorType))
            span.attributes[SemanticConventions.errorType] = errorType
            span.setStatus(SpanStatus(code: .error))
        }
        Timer(
            label: SemanticConventions.httpClientRequestDuration, dimensions: dimensions, factory: backend.metrics
        ).recordNanoseconds(start.duration(to: .now).nanoseconds)
        span.end()
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
        let bracket = target.lastIndex(of: "]") ?? target.startIndex
        if let colon = target[bracket...].lastIndex(of: ":"), let number = Int(target[target.index(after: colon)...]) {
            host = String(target[..<colon])
            port = number
        } else {
            host = String(target)
            port = scheme == "https" ? 443 : 80
        }
        guard !host.isEmpty else { return nil }
    }
}
