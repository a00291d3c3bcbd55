import ClewDurablePatterns
import HTTPTypes
import Hummingbird

extension HTTPError {
    /// What a caller is told of its idempotency key; `nil` for errors that are not about one.
    ///
    /// Statuses by the IETF draft "The Idempotency-Key HTTP Header Field", section 2.7.
    init?(_ error: DurableError) {
        switch error.code {
        case .malformed: self.init(.badRequest, message: error.message)
        case .conflict: self.init(.unprocessableContent, message: error.message)
        case .inProgress:
            let seconds = Int64(((error.retryAfter ?? .seconds(1)) / .seconds(1)).rounded(.up))
            self.init(.conflict, headers: [.retryAfter: "\(max(1, seconds))"], message: error.message)
        default: return nil
        }
    }
}
