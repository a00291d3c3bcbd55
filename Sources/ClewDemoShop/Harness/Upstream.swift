import AsyncHTTPClient
import ClewHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A service that this one calls, with JSON both ways.
struct Upstream: Sendable {
    private static let timeout = TimeAmount.seconds(10)
    private static let largestAnswer = 1 << 20

    let callee: ServiceName
    let url: String
    let client: TracedHTTPClient

    func get<Answer: Decodable>(_ path: String, as answer: Answer.Type = Answer.self) async throws -> Answer {
        try await send(HTTPClientRequest(url: url + path))
    }

    func post<Answer: Decodable>(
        _ path: String,
        _ body: some Encodable,
        as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(body, allocator: ByteBufferAllocator()))
        return try await send(request)
    }

    private func send<Answer: Decodable>(_ request: HTTPClientRequest) async throws -> Answer {
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            guard (200..<300).contains(response.status.code) else { throw refusal(response.status, body) }
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch let error as HTTPError {
            throw error
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw HTTPError(.gatewayTimeout, message: "\(callee) did not answer within 10 s")
        } catch {
            throw HTTPError(.badGateway, message: "\(callee) cannot be reached: \(error)")
        }
    }

    /// What the caller's caller is told: a refusal is passed on, a failure is a bad gateway.
    private func refusal(_ status: HTTPResponseStatus, _ body: ByteBuffer) -> HTTPError {
        let message = (try? JSONDecoder().decode(ErrorBody.self, from: body))?.error.message ?? status.reasonPhrase
        guard (400..<500).contains(status.code) else {
            return HTTPError(.badGateway, message: "\(callee) failed: \(message)")
        }
        // With its phrase: an `HTTPError` without one describes itself as "HTTPError: , message".
        let passedOn = HTTPResponse.Status(code: Int(status.code), reasonPhrase: status.reasonPhrase)
        return HTTPError(passedOn, message: message)
    }

    /// The form in which Hummingbird sends an `HTTPError`.
    private struct ErrorBody: Decodable {
        struct Message: Decodable { var message: String }

        var error: Message
    }
}
