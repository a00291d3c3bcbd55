import ClewPipeline
import ClewStore
import HTTPTypes

/// Why a request is not acknowledged: what its sender is told, and what it is counted under.
struct IngestFailure: Error {
    /// `google.rpc.Code` numbers, as the body of the answer carries them.
    enum RPCCode: Int32 {
        case invalidArgument = 3
        case notFound = 5
        case resourceExhausted = 8
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
    }

    var status: HTTPResponse.Status
    var code: RPCCode
    var message: String
    /// `nil` where there is nothing to count, as for a path that no signal has.
    var reason: Reason?
    /// Seconds.
    var retryAfter: Int?
    var allow: String?

    static func malformed(_ message: String) -> IngestFailure {
        IngestFailure(status: .badRequest, code: .invalidArgument, message: message, reason: .malformed)
    }

    static func tooLarge(_ message: String) -> IngestFailure {
        IngestFailure(status: .contentTooLarge, code: .invalidArgument, message: message, reason: .tooLarge)
    }

    static func unsupported(_ message: String) -> IngestFailure {
        IngestFailure(
            status: .unsupportedMediaType, code: .invalidArgument, message: message, reason: .unsupportedMediaType)
    }

    static func overloaded(_ message: String) -> IngestFailure {
        IngestFailure(
            status: .tooManyRequests, code: .resourceExhausted, message: message, reason: .overloaded, retryAfter: 1)
    }

    static func notFound(_ path: String) -> IngestFailure {
        IngestFailure(
            status: .notFound, code: .notFound,
            message: "there is nothing at \(path); OTLP is received at /v1/traces, /v1/logs and /v1/metrics")
    }

    static func methodNotAllowed(_ method: HTTPRequest.Method) -> IngestFailure {
        IngestFailure(
            status: .methodNotAllowed, code: .unimplemented,
            message: "\(method.rawValue) is not allowed here; use POST", allow: "POST")
    }
}

extension IngestFailure {
    /// The answer for a failed append. Its reason was counted by the pipeline.
    init(_ error: StoreError) {
        switch error.code {
        case .malformed: self = .malformed(error.message)
        case .overloaded: self = .overloaded(error.message)
        case .diskFull, .readOnly, .closed:
            self.init(status: .serviceUnavailable, code: .unavailable, message: error.message, retryAfter: 5)
        default:
            self.init(status: .internalServerError, code: .internalError, message: error.message)
        }
        reason = nil
    }
}
