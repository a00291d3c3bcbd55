import Clew
import ClewModel
import CoreMetrics
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Tracing

/// One request and its response, from the first header to the last byte of the body.
///
/// Ends once: when the body is written, when that fails, or when the response is dropped unwritten.
final class ServerExchange: Sendable {
    private struct State {
        var status: HTTPResponse.Status?
        var route: String?
        var errorType: String?
        var hasEnded = false
    }

    let span: any Tracing.Span
    private let method: String
    private let path: String
    private let scheme: String
    private let backend: InstrumentationBackend
    private let logger: Logger
    private let start = ContinuousClock.now
    private let active: Meter
    private let state = Mutex(State())

    init(_ request: Request, remoteAddress: SocketAddress?, backend: InstrumentationBackend, logger: Logger) {
        self.backend = backend
        self.logger = backend.logger("http.server", or: logger)
        method = request.method.rawValue
        path = request.uri.path
        scheme = request.head.scheme ?? "http"
        active = Meter(
            label: SemanticConventions.httpServerActiveRequests,
            dimensions: [
                (SemanticConventions.httpRequestMethod, HTTPConventions.method(request.method.rawValue)),
                (SemanticConventions.urlScheme, request.head.scheme ?? "http"),
            ],
            factory: backend.metrics
        )
        let tracer = backend.tracer
        // Not the current context: a server may be started inside a span, and its requests are no part of that.
        var parent = ServiceContext.topLevel
        tracer.extract(request.headers, into: &parent, using: HTTPFieldsExtractor())
        span = tracer.startSpan(
            HTTPConventions.spanName(method: request.method.rawValue, route: nil), context: parent, ofKind: .server)
        span.updateAttributes { request.describe(&$0, remoteAddress: remoteAddress) }
        active.increment()
    }

    deinit { end() }

    /// The handler threw an error that has no response of its own.
    func threw(_ error: any Error) {
        span.recordError(error)
        state.withLock { $0.errorType = ErrorType.name(of: error) }
    }

    /// The response is known; its body is still to be written.
    func responded(_ status: HTTPResponse.Status, route: String?) {
        state.withLock { state in
            state.status = status
            state.route = route
            if status.code >= 500, state.errorType == nil { state.errorType = String(status.code) }
        }
    }

    /// No response will be written.
    func failed(_ error: any Error, route: String?) {
        state.withLock { state in
            state.route = route
            if !(error is CancellationError) { state.errorType = ErrorType.name(of: error) }
        }
        span.recordError(error)
        end()
    }

    /// The same body, with the request's context current while it is written and the exchange ended after it.
    func following(_ body: ResponseBody) -> ResponseBody {
        ResponseBody(contentLength: body.contentLength) { writer in
            do {
                try await ServiceContext.withValue(self.span.context) { try await body.write(writer) }
                self.end()
            } catch {
                self.state.withLock { state in
                    if !(error is CancellationError) { state.errorType = ErrorType.name(of: error) }
                }
                self.span.recordError(error)
                self.end()
                throw error
            }
        }
    }

    private func end() {
        let ended = state.withLock { state -> State? in
            defer { state.hasEnded = true }
            return state.hasEnded ? nil : state
        }
        guard let ended else { return }
        active.decrement()
        let duration = start.duration(to: .now)
        Timer(
            label: SemanticConventions.httpServerRequestDuration, dimensions: dimensions(ended),
            factory: backend.metrics
        ).recordNanoseconds(duration.nanoseconds)
        describe(ended)
        log(ended, duration)
        span.end()
    }

    private func describe(_ ended: State) {
        span.operationName = HTTPConventions.spanName(method: method, route: ended.route)
        span.updateAttributes { attributes in
            attributes[SemanticConventions.httpRoute] = ended.route
            attributes[SemanticConventions.httpResponseStatusCode] = ended.status.map { $0.code }
            attributes[SemanticConventions.errorType] = ended.errorType
        }
        if ended.errorType != nil { span.setStatus(SpanStatus(code: .error)) }
    }

    private func dimensions(_ ended: State) -> [(String, String)] {
        var dimensions = [
            (SemanticConventions.httpRequestMethod, HTTPConventions.method(method)),
            (SemanticConventions.urlScheme, scheme),
        ]
        if let route = ended.route { dimensions.append((SemanticConventions.httpRoute, route)) }
        if let status = ended.status {
            dimensions.append((SemanticConventions.httpResponseStatusCode, String(status.code)))
        }
        if let error = ended.errorType { dimensions.append((SemanticConventions.errorType, error)) }
        return dimensions
    }

    private func log(_ ended: State, _ duration: Duration) {
        var metadata: Logger.Metadata = [
            SemanticConventions.httpRequestMethod: .string(method),
            SemanticConventions.urlPath: .string(path),
            "duration_ms": .stringConvertible(Double(duration.nanoseconds / 1000) / 1000),
        ]
        if let route = ended.route { metadata[SemanticConventions.httpRoute] = .string(route) }
        if let error = ended.errorType { metadata[SemanticConventions.errorType] = .string(error) }
        if let status = ended.status {
            metadata[SemanticConventions.httpResponseStatusCode] = .stringConvertible(status.code)
        }
        ServiceContext.withValue(span.context) {
            logger.log(
                level: ended.errorType == nil ? .info : .error,
                "\(method) \(path) \(ended.status.map { String($0.code) } ?? "without a response")",
                metadata: metadata)
        }
    }
}
