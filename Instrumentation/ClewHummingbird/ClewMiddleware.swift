public import Clew
import HTTPTypes
public import Hummingbird
import Logging
import NIOHTTP1
import Tracing

/// Everything that a server needs, in one middleware: a server span, RED metrics, the correlation id and a log line for
/// each request.
///
/// ```swift
/// let router = Router()
/// router.addMiddleware { ClewMiddleware() }
/// ```
///
/// It stands first, so that it sees what all others do. An error that leaves the handler becomes its response here, as
/// Hummingbird would make it, so that this response carries the correlation id too.
///
/// Hummingbird's own `TracingMiddleware` and `MetricsMiddleware` are not used: the first names spans by the path alone,
/// writes the `net.sock.*` attributes that the conventions dropped, and leaves the status of a returned 5xx unset; the
/// second records no duration for a thrown error.
///
/// A request costs one look-up of its metric handles; what cannot be told apart by a route of the program (a scan for
/// paths that do not exist) shares one time series and one span name.
///
/// Source: OpenTelemetry semantic conventions 1.37, "HTTP server span" and "HTTP metrics".
public struct ClewMiddleware<Context: RequestContext>: RouterMiddleware {
    private let instruments: ServerInstruments
    /// The logger of a given telemetry; else each request's own is used.
    private let logger: Logger?

    /// - Parameters:
    ///   - telemetry: Where spans, metrics and log lines go; by default to the global systems.
    ///   - options: What else is observed, and what is not.
    public init(telemetry: Telemetry? = nil, options: ClewMiddlewareOptions = .init()) {
        let backend = InstrumentationBackend(telemetry)
        instruments = ServerInstruments(backend, options)
        logger = backend.logger("http.server")
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if !instruments.options.excludedPaths.isEmpty, instruments.options.excludedPaths.contains(request.uri.path) {
            return try await unobserved(request, context, next)
        }
        let exchange = ServerExchange(
            request, connection: ServerConnection(context), instruments: instruments, logger: logger ?? context.logger)
        do {
            var response = try await ServiceContext.withValue(exchange.span.context) {
                try await answer(exchange.measuring(request), context, exchange, next)
            }
            if let name = HTTPField.Name.correlationID {
                response.headers[name] = exchange.span.context.correlationID
            }
            exchange.responded(response, route: context.route)
            response.body = exchange.following(response.body)
            return response
        } catch {
            // No response: the request could not be parsed, or its task was cancelled.
            exchange.failed(error, route: context.route)
            throw error
        }
    }

    /// Handles a request of an excluded path, with no spans inside it either: they would be roots of their own.
    private func unobserved(
        _ request: Request, _ context: Context, _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var current = ServiceContext.current ?? .topLevel
        current.isTracingSuppressed = true
        return try await ServiceContext.withValue(current) { try await next(request, context) }
    }

    /// The handler's response, or that of the error it threw.
    private func answer(
        _ request: Request, _ context: Context, _ exchange: ServerExchange,
        _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            if error.status.code >= 500 { exchange.span.recordError(error) }
            return try error.response(from: request, context: context)
        } catch let error as HTTPParserError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            exchange.threw(error)
            return Response(status: .internalServerError)
        }
    }
}

extension RequestContext {
    /// The path of the matched route; `nil` where none matched, for which Hummingbird writes words instead of a path.
    fileprivate var route: String? {
        endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
