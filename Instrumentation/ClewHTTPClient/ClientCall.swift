import AsyncHTTPClient
import Clew
import ClewModel
import CoreMetrics
import NIOHTTP1
import Synchronization
import Tracing

/// One call of a client, from its request to the last byte of the response's body, with its span and its measurement.
///
/// Ends once, at the latest when nothing refers to it any more.
final class ClientCall: Sendable {
    private struct State {
        var status: Int?
        var version: String?
        var errorType: String?
        var resends = 0
        var responseBytes = 0
        var hasEnded = false
    }

    let span: any Tracing.Span
    private let instruments: ClientInstruments
    private let target: ClientInstruments.Target
    private let requestBytes: Int?
    private let start = ContinuousClock.now
    private let active: Meter
    private let state = Mutex(State())

    init(_ request: HTTPClientRequest, template: String?, instruments: ClientInstruments) {
        self.instruments = instruments
        let method = request.method.rawValue
        let target = ClientInstruments.Target(
            method: HTTPConventions.method(method), server: RequestTarget(request.url), template: template)
        self.target = target
        active = instruments.active[target]
        requestBytes = instruments.measuresBodies ? request.declaredBodySize : nil
        span = instruments.backend.tracer.startSpan(
            HTTPConventions.spanName(method: method, route: template), context: .current ?? .topLevel, ofKind: .client)
        if span.isRecording {
            span.describe { target.describe(&$0, method: method, url: request.url) }
        }
        active.increment()
    }

    deinit { end() }

    /// For a client every status from 400 is an error.
    func responded(_ response: HTTPClientResponse) {
        state.withLock { state in
            state.status = Int(response.status.code)
            state.version = response.version.name
            state.resends = max(0, response.history.count - 1)
            if response.status.code >= 400 { state.errorType = String(response.status.code) }
        }
    }

    func read(_ bytes: Int) { state.withLock { $0.responseBytes += bytes } }

    /// A cancelled call is measured, but not counted as an error.
    func failed(_ error: any Error) {
        state.withLock { state in
            if !(error is CancellationError) { state.errorType = ErrorType.name(of: error) }
        }
        span.recordError(error)
        end()
    }

    func end() {
        let ended = state.withLock { state -> State? in
            defer { state.hasEnded = true }
            return state.hasEnded ? nil : state
        }
        guard let ended else { return }
        let duration = start.duration(to: .now)
        ServiceContext.withValue(span.context) {
            active.decrement()
            let handles = instruments.calls[
                .init(target: target, version: ended.version, status: ended.status, errorType: ended.errorType)]
            handles.duration.recordNanoseconds(duration.nanoseconds)
            if let requestBytes { handles.requestBody?.record(requestBytes) }
            if ended.status != nil { handles.responseBody?.record(ended.responseBytes) }
        }
        describe(ended)
        span.end()
    }

    private func describe(_ ended: State) {
        guard span.isRecording else { return }
        span.describe { attributes in
            attributes[SemanticConventions.httpResponseStatusCode] = ended.status
            attributes[SemanticConventions.networkProtocolVersion] = ended.version
            attributes[SemanticConventions.errorType] = ended.errorType
            if ended.resends > 0 { attributes[SemanticConventions.httpRequestResendCount] = ended.resends }
            if instruments.measuresBodies {
                attributes[SemanticConventions.httpRequestBodySize] = requestBytes
                if ended.status != nil { attributes[SemanticConventions.httpResponseBodySize] = ended.responseBytes }
            }
        }
        if ended.errorType != nil { span.setStatus(SpanStatus(code: .error)) }
    }
}

extension HTTPClientRequest {
    /// The length of the body as far as the request says it.
    fileprivate var declaredBodySize: Int? {
        body == nil ? 0 : headers.first(name: "content-length").flatMap { Int($0) }
    }
}

extension HTTPVersion {
    /// The version as `network.protocol.version` has it.
    fileprivate var name: String {
        minor == 0 && major > 1 ? String(major) : "\(major).\(minor)"
    }
}
