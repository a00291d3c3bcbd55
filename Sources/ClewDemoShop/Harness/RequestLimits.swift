import Clew
import ClewHummingbird
import ClewPatterns
import HTTPTypes
import Hummingbird
import NIOCore
import Tracing

/// Bounds each request: the size of its body and its time, which is the caller's where that is less; reads its priority.
///
/// It ends nothing by itself: what the request calls has no more time than this, and gives up.
struct RequestLimits<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let request = try await collected(request)
        var current = ServiceContext.current ?? .topLevel
        current.deadline = Deadline(after: RequestBounds.time)
        current = current.extractingDeadline(request.headers, using: .httpFields)
        guard current.deadline.map({ $0.remaining() > .zero }) ?? true else {
            throw HTTPError(.gatewayTimeout, message: "the caller's time was over when its request came")
        }
        if let name = HTTPField.Name(RequestPriority.header) {
            current.requestPriority = request.headers[name].flatMap { RequestPriority(header: $0) }
        }
        return try await ServiceContext.withValue(current) { try await next(request, context) }
    }

    private func collected(_ request: Request) async throws -> Request {
        var request = request
        do {
            _ = try await request.collectBody(upTo: RequestBounds.body)
            return request
        } catch is NIOTooManyBytesError {
            throw HTTPError(.contentTooLarge, message: "a request has at most \(RequestBounds.body) bytes")
        }
    }
}

/// What any request may take.
enum RequestBounds {
    /// Bytes; an order of the most and longest lines has some 20 KB.
    static let body = 64 << 10
    /// Customers do not wait longer.
    static let time = Duration.seconds(10)
}
