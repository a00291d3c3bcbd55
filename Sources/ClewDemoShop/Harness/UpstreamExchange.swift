import AsyncHTTPClient
import Clew
import ClewHTTPClient
import ClewModel
import ClewPatterns
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Tracing

/// Sends one attempt of a call to one instance, through the relay that is the network between them.
struct UpstreamExchange: Sendable {
    private static let largestAnswer = 4 << 20
    /// The client gives up this much before the attempt's time is over, so that its span says so; a cancelled one would
    /// not.
    private static let margin = Duration.milliseconds(20)

    let client: TracedHTTPClient
    let switches: Switches

    /// - Returns: The body of a successful answer.
    /// - Throws: ``RefusedCall`` for 4xx; ``CalleeFailure`` for 5xx; `PatternError` when the time is over.
    func answer(
        to request: UpstreamRequest, from callee: Callee, at instance: HostAndPort, attempt: Int
    ) async throws -> ByteBuffer {
        let port = try await callee.relays.port(before: instance)
        let call = call(request, port: port)
        do {
            let response = try await client.execute(call, timeout: TimeAmount(limit(callee))) { span in
                describe(span, "http://\(instance.host):\(instance.port)\(request.path)", instance, attempt)
            }
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            guard (200..<300).contains(response.status.code) else { throw refusal(response, body) }
            return body
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw timeout(of: request, callee.name)
        }
    }

    private func call(_ request: UpstreamRequest, port: Int) -> HTTPClientRequest {
        var call = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(request.path)")
        call.method = request.method
        call.headers = request.headers
        call.body = request.body.map { .bytes($0) }
        if !switches.isOn(.noTimeout) {
            ServiceContext.current?.injectDeadline(into: &call.headers, using: .httpHeaders)
        }
        return call
    }

    /// The policy's timeout has made the attempt's end the deadline of the context.
    private func limit(_ callee: Callee) -> Duration {
        let remaining = ServiceContext.current?.deadline?.remaining() ?? callee.name.callTimeout
        return remaining - min(Self.margin, remaining / 10)
    }

    /// The instance instead of the relay before it, and which attempt it is.
    private func describe(_ span: any Tracing.Span, _ url: String, _ instance: HostAndPort, _ attempt: Int) {
        span.recordDeadline()
        span.describe { attributes in
            attributes[SemanticConventions.urlFull] = url
            attributes[SemanticConventions.serverAddress] = instance.host
            attributes[SemanticConventions.serverPort] = instance.port
            if attempt > 0 { attributes[SemanticConventions.httpRequestResendCount] = attempt }
        }
    }

    private func timeout(of request: UpstreamRequest, _ callee: ServiceName) -> PatternError {
        let isRequestOver = request.deadline.map { $0.remaining() <= Self.margin * 2 } ?? false
        return PatternError(
            isRequestOver ? .deadlineExceeded : .timedOut,
            isRequestOver ? "the time of the request is over" : "an attempt took longer than it may")
    }

    /// A refusal is passed on, a failure is one.
    private func refusal(_ response: HTTPClientResponse, _ body: ByteBuffer) -> any Error {
        let (status, headers) = (response.status, response.headers)
        let message = (try? JSONDecoder().decode(ErrorBody.self, from: body))?.error.message ?? status.reasonPhrase
        let retryAfter = headers.first(name: "retry-after")
        guard (400..<500).contains(status.code) else {
            return CalleeFailure(status: Int(status.code), message: message, isTemporary: retryAfter != nil)
        }
        // With its phrase: an `HTTPError` without one describes itself as "HTTPError: , message".
        let passedOn = HTTPResponse.Status(code: Int(status.code), reasonPhrase: status.reasonPhrase)
        let passedHeaders: HTTPFields = retryAfter.map { [.retryAfter: $0] } ?? [:]
        return RefusedCall(error: HTTPError(passedOn, headers: passedHeaders, message: message), body: body)
    }

    /// The form in which Hummingbird sends an `HTTPError`.
    private struct ErrorBody: Decodable {
        struct Message: Decodable { var message: String }

        var error: Message
    }
}
