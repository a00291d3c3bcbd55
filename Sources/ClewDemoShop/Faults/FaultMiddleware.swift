import HTTPTypes
import Hummingbird

/// Puts the faults of a service's own work and of its database on its requests.
///
/// It stands inside the server span, outside every other span: its delay is the service's own time.
struct FaultMiddleware<Context: RequestContext>: RouterMiddleware {
    let service: ServiceName
    let faults: FaultBoard

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        switch faults.draw(.work(service)) {
        case .delay(let delay): try await Task.sleep(for: delay)
        case .error: throw HTTPError(.internalServerError, message: "\(service) failed, as it was told to")
        case nil: break
        }
        let drawn = RequestFaults(database: faults.draw(.database(service)))
        return try await RequestFaults.$current.withValue(drawn) { try await next(request, context) }
    }
}
