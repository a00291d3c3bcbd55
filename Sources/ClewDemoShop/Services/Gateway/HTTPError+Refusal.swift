import ClewPatterns
import HTTPTypes
import Hummingbird

extension HTTPError {
    /// What a caller is told when a pattern at this service's own entry refused its request or ended its work, and when
    /// it may come back.
    init(refusal: PatternError) {
        let status: HTTPResponse.Status =
            switch refusal.code {
            case .rateLimited: .tooManyRequests
            case .deadlineExceeded, .timedOut: .gatewayTimeout
            default: .serviceUnavailable
            }
        var headers = HTTPFields()
        if status != .gatewayTimeout {
            // A shedder does not know when there is room; a second is long for a request.
            let wait = refusal.retryAfter ?? .seconds(1)
            headers[.retryAfter] = "\(max(1, Int64((wait / .seconds(1)).rounded(.up))))"
        }
        self.init(status, headers: headers, message: refusal.message)
    }
}

/// Runs the work of a request within a limit, or within what is left of its caller's where that is less.
///
/// - Throws: 504 where the time is over; else what `body` throws.
func withRequestTime<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    do {
        return try await withDeadline(limit, body)
    } catch let error as PatternError {
        throw HTTPError(refusal: error)
    }
}
