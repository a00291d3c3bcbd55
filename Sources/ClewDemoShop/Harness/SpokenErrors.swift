import GRDB
import HTTPTypes
import Hummingbird
import Logging

/// Answers errors that are no answers by themselves with what went wrong: a database that is full or busy by 503, which
/// asks to come again, all others by 500.
struct SpokenErrors<Context: RequestContext>: RouterMiddleware {
    private static var retryAfter: String { "5" }

    let service: ServiceName

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as DatabaseError where error.isPassing {
            context.logger.error("the database cannot write", metadata: ["reason": "\(error)"])
            throw HTTPError(
                .serviceUnavailable, headers: [.retryAfter: Self.retryAfter],
                message: "\(service) cannot write its database: \(error.message ?? "\(error.resultCode)")")
        } catch {
            context.logger.error("the request failed", metadata: ["reason": "\(error)"])
            throw HTTPError(.internalServerError, message: "\(service) failed: \(error)")
        }
    }
}
