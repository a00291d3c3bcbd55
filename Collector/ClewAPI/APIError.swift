import ClewModel
import ClewStore
import HTTPTypes

/// An answer that is not a success: `{"error":{"code","message"}}`.
struct APIError: Error {
    var status: HTTPResponse.Status
    /// A word for programs.
    var code: String
    /// A sentence for people.
    var message: String
    /// Seconds after which trying again may help.
    var retryAfter: Int?
    /// The methods that the path understands, for status 405.
    var allow: String?

    static func badRequest(_ message: String) -> APIError {
        APIError(status: .badRequest, code: "bad_request", message: message)
    }

    static func notFound(_ message: String) -> APIError {
        APIError(status: .notFound, code: "not_found", message: message)
    }

    static func methodNotAllowed(_ method: HTTPRequest.Method, allow: String) -> APIError {
        APIError(
            status: .methodNotAllowed, code: "method_not_allowed",
            message: "\(method.rawValue) is not allowed here; use \(allow)", allow: allow)
    }

    init(
        status: HTTPResponse.Status, code: String, message: String, retryAfter: Int? = nil, allow: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.allow = allow
    }

    init(_ error: QueryParameterError) {
        self = .badRequest(error.description)
    }

    init(_ error: StoreError) {
        switch error.code {
        case .closed, .overloaded:
            self.init(status: .serviceUnavailable, code: "unavailable", message: error.message, retryAfter: 1)
        case .tooExpensive: self = .badRequest(error.message)
        default:
            self.init(status: .internalServerError, code: error.code.description, message: error.message)
        }
    }
}
