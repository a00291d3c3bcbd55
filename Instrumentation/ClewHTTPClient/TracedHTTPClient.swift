public import AsyncHTTPClient
public import Clew
import ClewModel
import CoreMetrics
public import Logging
public import NIOCore
import NIOHTTP1
import Tracing

/// An `HTTPClient` whose calls are traced and measured, and carry the context of the caller.
///
/// Each call makes exactly one client span, named by the method, and one value of `http.client.request.duration`; both
/// cover the time until the response's headers are there. The body streams as ever.
///
/// AsyncHTTPClient 1.37 makes client spans of its own once a tracer is installed, but with `http.status_code` for the
/// status, which the conventions renamed, no `error.type`, and no metric. So the span is made here, and the client's
/// own is suppressed for the call (``ServiceContextModule/ServiceContext/isTracingSuppressed``).
///
/// Source: OpenTelemetry semantic conventions 1.37, "HTTP client span" and "HTTP metrics".
public struct TracedHTTPClient: Sendable {
    /// The client that makes the calls. Its owner shuts it down.
    public let client: HTTPClient
    private let backend: InstrumentationBackend

    /// - Parameter telemetry: Where spans and metrics go; by default to the global systems.
    public init(_ client: HTTPClient = .shared, telemetry: Telemetry? = nil) {
        self.client = client
        backend = InstrumentationBackend(telemetry)
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - request: Its headers for context are replaced by those of the client span.
    ///   - timeout: For the whole call, body included.
    /// - Throws: What `HTTPClient.execute` throws.
    public func execute(
        _ request: HTTPClientRequest, timeout: TimeAmount, logger: Logger? = nil
    ) async throws -> HTTPClientResponse {
        let call = ClientCall(request, backend: backend)
        do {
            var context = call.span.context
            var request = request
            backend.tracer.inject(context, into: &request.headers, using: HTTPHeadersInjector())
            context.isTracingSuppressed = true
            let traced = request
            let response = try await ServiceContext.withValue(context) {
                try await client.execute(traced, timeout: timeout, logger: logger)
            }
            call.responded(response.status)
            return response
        } catch {
            call.failed(error)
            throw error
        }
    }
}

private struct HTTPHeadersInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout HTTPHeaders) {
        headers.replaceOrAdd(name: key, value: value)
    }
}
