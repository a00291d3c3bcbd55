import ClewModel
import ClewWire
import Foundation
import HTTPTypes
import Hummingbird

/// What a request is answered with.
struct Answer {
    var status = HTTPResponse.Status.ok
    var contentType = "application/json"
    var headers: HTTPFields = [:]
    var body: [UInt8]

    /// The forms in which telemetry is given back.
    enum OTLPForm: String {
        case json = "application/json"
        case protobuf = "application/x-protobuf"

        /// JSON unless the client asks for protobuf.
        init(accept: String?) {
            self = accept?.lowercased().contains(Self.protobuf.rawValue) == true ? .protobuf : .json
        }
    }

    static func json(_ value: some Encodable) throws -> Answer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Answer(body: Array(try encoder.encode(value)))
    }

    static func text(_ text: String, status: HTTPResponse.Status = .ok, contentType: String? = nil) -> Answer {
        Answer(status: status, contentType: contentType ?? "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    static func otlp(_ kind: OTLPMessage, _ message: [UInt8], _ form: OTLPForm) throws -> Answer {
        let body = form == .protobuf ? message : try OTLPJSON.fromProtobuf(message, kind)
        return Answer(contentType: form.rawValue, body: body)
    }

    init(
        status: HTTPResponse.Status = .ok, contentType: String = "application/json", headers: HTTPFields = [:],
        body: [UInt8]
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    init(_ error: APIError) {
        struct Envelope: Encodable {
            struct Content: Encodable {
                var code: String
                var message: String
            }
            var error: Content
        }
        let content = Envelope(error: .init(code: error.code, message: error.message))
        self = (try? .json(content)) ?? .text(error.message)
        status = error.status
        headers[.retryAfter] = error.retryAfter.map(String.init)
        headers[.allow] = error.allow
    }

    /// States how many results there could have been at most, and whether there were as many.
    mutating func state(limit: Int, count: Int) {
        headers[.clewLimit] = String(limit)
        headers[.clewTruncated] = count >= limit ? "true" : "false"
    }
}

extension HTTPField.Name {
    /// The limit that was applied to an answer.
    static let clewLimit = Self("Clew-Limit") ?? .allow
    /// Whether an answer reached its limit, so that there may be more.
    static let clewTruncated = Self("Clew-Truncated") ?? .allow
}
