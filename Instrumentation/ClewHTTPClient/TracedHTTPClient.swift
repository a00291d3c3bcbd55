public import AsyncHTTPClient
public import Clew
import ClewModel
public import Logging
public import NIOCore
import NIOHTTP1
public import Tracing

/// An `HTTPClient` whose calls are traced and measured, and carry the context of the caller.
///
/// ```swift
/// let client = TracedHTTPClient(.shared)
/// let response = try await client.execute(request, timeout: .seconds(5), urlTemplate: "/orders/{id}")
/// ```
///
/// Each call makes exactly one client span and one value of `http.client.request.duration`; both cover the call to the
/// last byte of the response's body, or to the moment at which the body fails or is dropped. Redirects that the client
/// follows are part of the one call, counted by `http.request.resend_count`. Calls in progress are
/// `http.client.active_requests`.
///
/// AsyncHTTPClient 1.37 makes client spans of its own once a tracer is installed, but with `http.status_code` for the
/// status, which the conventions renamed, no `error.type`, no body and no metric. So the span is made here, and the
/// client's own is suppressed for the call (`ServiceContext.isTracingSuppressed`). Calls of the
/// plain `HTTPClient` keep its own spans. Its API of event loop futures starts them on an event loop, where no task's
/// context is known: it is not wrapped here, and its spans are roots of their own.
///
/// Source: OpenTelemetry semantic conventions 1.37, "HTTP client span" and "HTTP metrics".
public struct TracedHTTPClient: Sendable {
    /// The client that makes the calls. Its owner shuts it down.
    public let client: HTTPClient
    private let instruments: ClientInstruments

    /// - Parameters:
    ///   - telemetry: Where spans and metrics go; by default to the global systems.
    ///   - measuresBodies: Whether `http.client.request.body.size` and `http.client.response.body.size`, in bytes, are
    ///     measured and written to the span; default false, as the conventions have it. A request's size is known where
    ///     it has a `Content-Length` header; AsyncHTTPClient tells of no other.
    public init(_ client: HTTPClient = .shared, telemetry: Telemetry? = nil, measuresBodies: Bool = false) {
        self.client = client
        instruments = ClientInstruments(InstrumentationBackend(telemetry), measuresBodies: measuresBodies)
    }

    /// Sends a request.
    ///
    /// The response's body may be iterated once, as that of `HTTPClient`.
    ///
    /// - Parameters:
    ///   - request: Its headers for context are replaced by those of the client span.
    ///   - timeout: For the time until the response's head is there.
    ///   - urlTemplate: The path with names in place of its changing parts, for example `/orders/{id}`; it stands in the
    ///     span's name and on the metrics, so it must be one of few.
    ///   - describe: Adds to the span what the caller knows of the call, for example which repetition it is
    ///     (`http.request.resend_count`), or the server behind a proxy.
    /// - Throws: What `HTTPClient.execute` throws.
    public func execute(
        _ request: HTTPClientRequest, timeout: TimeAmount, logger: Logger? = nil, urlTemplate: String? = nil,
        describe: (any Tracing.Span) -> Void = { _ in }
    ) async throws -> HTTPClientResponse {
        try await execute(
            request, deadline: .now() + timeout, logger: logger, urlTemplate: urlTemplate, describe: describe)
    }

    /// Sends a request; see ``execute(_:timeout:logger:urlTemplate:describe:)``.
    ///
    /// - Parameter deadline: The time at which the response's head must be there.
    /// - Throws: What `HTTPClient.execute` throws.
    public func execute(
        _ request: HTTPClientRequest, deadline: NIODeadline, logger: Logger? = nil, urlTemplate: String? = nil,
        describe: (any Tracing.Span) -> Void = { _ in }
    ) async throws -> HTTPClientResponse {
        let call = ClientCall(request, template: urlTemplate, instruments: instruments)
        describe(call.span)
        do {
            var context = call.span.context
            var request = request
            instruments.backend.tracer.inject(context, into: &request.headers, using: HTTPHeadersCarrier())
            context.isTracingSuppressed = true
            let traced = request
            var response = try await ServiceContext.withValue(context) {
                try await client.execute(traced, deadline: deadline, logger: logger)
            }
            call.responded(response)
            if response.hasBody(to: request.method) {
                response.body = .stream(ObservedBody(base: response.body, call: call))
            } else {
                call.end()
            }
            return response
        } catch {
            call.failed(error)
            throw error
        }
    }
}

extension HTTPClientResponse {
    /// Whether there may be a body to wait for.
    fileprivate func hasBody(to method: HTTPMethod) -> Bool {
        method != .HEAD && status != .noContent && status != .notModified
            && headers.first(name: "content-length") != "0"
    }
}
