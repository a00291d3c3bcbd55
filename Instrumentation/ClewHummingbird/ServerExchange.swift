import Clew
import ClewModel
import CoreMetrics
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
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
        var requestBytes: Int?
        var responseBytes = 0
        var hasEnded = false
    }

    let span: any Tracing.Span
    private let method: String
    private let knownMethod: String
    private let path: String
    private let scheme: String
    private let protocolVersion: String?
    private let instruments: ServerInstruments
    private let logger: Logger
    private let start = ContinuousClock.now
    private let active: Meter
    private let state = Mutex(State())

    init(_ request: Request, connection: ServerConnection, instruments: ServerInstruments, logger: Logger) {
        self.instruments = instruments
        self.logger = logger
        method = request.method.rawValue
        knownMethod = HTTPConventions.method(method)
        path = request.uri.path
        scheme = HTTPConventions.serverScheme(request.head.scheme)
        protocolVersion = connection.protocolVersion
        active = instruments.active[.init(method: knownMethod, scheme: scheme)]
        let tracer = instruments.backend.tracer
        var parent = ServiceContext.ofNewRequest
        tracer.extract(request.headers, into: &parent, using: HTTPFieldsCarrier())
        // A sampler may decide by the path; the route is known only when the request was handled.
        parent.samplingHint = SamplingHint(path: path, method: method)
        span = tracer.startSpan(
            HTTPConventions.spanName(method: method, route: nil), context: parent, ofKind: .server)
        if span.isRecording {
            span.describe {
                request.describe(
                    &$0, method: knownMethod, scheme: scheme, connection: connection, instruments: instruments)
            }
        }
        active.increment()
    }

    deinit { end() }

    /// The request with a body that is counted, where its size is to be measured.
    func measuring(_ request: Request) -> Request {
        guard instruments.options.measuresBodies else { return request }
        let size = request.declaredBodySize
        state.withLock { $0.requestBytes = size ?? 0 }
        guard size == nil else { return request }
        var measured = request
        measured.body = RequestBody(asyncSequence: MeasuredRequestBody(base: request.body, exchange: self))
        return measured
    }

    func read(_ bytes: Int) { state.withLock { $0.requestBytes = ($0.requestBytes ?? 0) + bytes } }

    func wrote(_ bytes: Int) { state.withLock { $0.responseBytes += bytes } }

    /// The handler threw an error that has no response of its own.
    func threw(_ error: any Error) {
        span.recordError(error)
        state.withLock { $0.errorType = ErrorType.name(of: error) }
    }

    /// The response is known; its body is still to be written.
    func responded(_ response: Response, route: String?) {
        state.withLock { state in
            state.status = response.status
            state.route = route
            if response.status.code >= 500, state.errorType == nil { state.errorType = String(response.status.code) }
        }
        if !instruments.responseHeaders.isEmpty, span.isRecording {
            span.describe { response.headers.describe(&$0, instruments.responseHeaders) }
        }
    }

    /// The handler made no response. To a request that breaks the protocol the server answers 400 by itself.
    func failed(_ error: any Error, route: String?) {
        state.withLock { state in
            state.route = route
            switch error {
            case is CancellationError: break
            case is HTTPParserError: state.status = .badRequest
            default: state.errorType = ErrorType.name(of: error)
            }
        }
        span.recordError(error)
        end()
    }

    /// The same body, with the request's context current while it is written and the exchange ended after it.
    func following(_ body: ResponseBody) -> ResponseBody {
        if body.isBuffered {
            wrote(body.contentLength ?? 0)
            end()
            return body
        }
        return ResponseBody(contentLength: body.contentLength) { writer in
            do {
                try await ServiceContext.withValue(self.span.context) {
                    if self.instruments.options.measuresBodies {
                        try await body.write(MeasuringWriter(writer: writer, exchange: self))
                    } else {
                        try await body.write(writer)
                    }
                }
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
        let duration = start.duration(to: .now)
        // What is measured and logged belongs to the request, also where the last byte is written outside its task.
        ServiceContext.withValue(span.context) {
            active.decrement()
            measure(ended, duration)
            log(ended, duration)
        }
        describe(ended)
        span.end()
    }

    private func measure(_ ended: State, _ duration: Duration) {
        let handles = instruments.requests[
            .init(
                method: knownMethod, scheme: scheme, version: protocolVersion, route: ended.route,
                status: ended.status?.code, errorType: ended.errorType)]
        handles.duration.recordNanoseconds(duration.nanoseconds)
        if let bytes = ended.requestBytes { handles.requestBody?.record(bytes) }
        if ended.status != nil { handles.responseBody?.record(ended.responseBytes) }
    }

    private func describe(_ ended: State) {
        guard span.isRecording else { return }
        span.operationName = HTTPConventions.spanName(method: method, route: ended.route)
        span.describe { attributes in
            attributes[SemanticConventions.httpRoute] = ended.route
            attributes[SemanticConventions.httpResponseStatusCode] = ended.status.map { $0.code }
            attributes[SemanticConventions.errorType] = ended.errorType
            if let bytes = ended.requestBytes {
                attributes[SemanticConventions.httpRequestBodySize] = bytes
                attributes[SemanticConventions.httpResponseBodySize] = ended.responseBytes
            }
        }
        if ended.errorType != nil { span.setStatus(SpanStatus(code: .error)) }
    }

    private func log(_ ended: State, _ duration: Duration) {
        let level: Logger.Level = ended.errorType == nil ? .info : .error
        guard instruments.options.logsRequests, logger.logLevel <= level else { return }
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
        logger.log(
            level: level, "\(method) \(path) \(ended.status.map { String($0.code) } ?? "without a response")",
            metadata: metadata)
    }
}
