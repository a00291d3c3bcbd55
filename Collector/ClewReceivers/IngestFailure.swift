import ClewPipeline
import ClewStore
import ClewWire
import NIOHTTP1

/// Why a request is not acknowledged: what its sender is told, and what it is counted under.
struct IngestFailure: Error {
    var status: HTTPResponseStatus
    var code: StatusMessage.Code
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
        IngestFailure(status: .payloadTooLarge, code: .invalidArgument, message: message, reason: .tooLarge)
    }

    static func unsupported(_ message: String) -> IngestFailure {
        IngestFailure(
            status: .unsupportedMediaType, code: .invalidArgument, message: message, reason: .unsupportedMediaType)
    }

    static func overloaded(_ message: String) -> IngestFailure {
        IngestFailure(
            status: .tooManyRequests, code: .resourceExhausted, message: message, reason: .overloaded, retryAfter: 1)
    }

    static let incomplete = IngestFailure(
        status: .badRequest, code: .invalidArgument, message: "the body ended early", reason: .incomplete)

    /// The answer for bytes that are not HTTP.
    static func notHTTP(_ error: HTTPParserError) -> IngestFailure {
        let status = error == .headerOverflow ? HTTPResponseStatus.requestHeaderFieldsTooLarge : .badRequest
        return IngestFailure(
            status: status, code: .invalidArgument, message: "the request cannot be read as HTTP/1.1: \(error)")
    }

    static func notFound(_ path: String) -> IngestFailure {
        IngestFailure(
            status: .notFound, code: .unimplemented,
            message: "there is nothing at \(path); OTLP is received at /v1/traces, /v1/logs and /v1/metrics")
    }

    static func methodNotAllowed(_ method: HTTPMethod) -> IngestFailure {
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
            self.init(status: .internalServerError, code: .internal, message: error.message)
        }
        reason = nil
    }
}
