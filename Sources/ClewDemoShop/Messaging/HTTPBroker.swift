import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The shop's broker as its clients see it, over HTTP; no telemetry sees these calls.
struct HTTPBroker: MessageBroker {
    private static let timeout = Duration.seconds(5)
    /// A hundred messages of the largest size that the shop writes.
    private static let largestAnswer = 16 << 20

    let url: String
    let client: HTTPClient

    func declare(queue: String, topics: [String]) async throws {
        try await send(.PUT, "/queues/\(queue)", BrokerCalls.Declaration(topics: topics))
    }

    func publish(_ message: BrokerMessage, to topic: String) async throws {
        try await send(.POST, "/topics/\(topic)/messages", message)
    }

    func receive(_ queue: String, limit: Int, wait: Duration) async throws -> [Delivery] {
        let call = BrokerCalls.Receive(limit: limit, waitMilliseconds: Self.milliseconds(wait))
        let body = try await send(.POST, "/queues/\(queue)/receive", call, timeout: Self.timeout + max(.zero, wait))
        do {
            return try JSONDecoder().decode(BrokerCalls.Deliveries.self, from: body).deliveries
        } catch {
            throw ShopError(.brokerFailed, "the broker at \(url) answered what cannot be read", cause: error)
        }
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        try await send(.POST, "/acknowledgements", BrokerCalls.Deliveries(deliveries: deliveries))
    }

    func reject(_ delivery: Delivery, after delay: Duration) async throws {
        let call = BrokerCalls.Rejection(delivery: delivery, afterMilliseconds: Self.milliseconds(delay))
        try await send(.POST, "/rejections", call)
    }

    func deadLetter(_ delivery: Delivery, reason: String) async throws {
        try await send(.POST, "/dead-letters", BrokerCalls.Burial(delivery: delivery, reason: reason))
    }

    @discardableResult
    private func send(
        _ method: HTTPMethod, _ path: String, _ body: some Encodable, timeout: Duration = Self.timeout
    ) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(body, allocator: ByteBufferAllocator()))
        let (status, answer) = try await exchange(request, timeout)
        guard (200..<300).contains(status.code) else {
            throw ShopError(.brokerFailed, "the broker at \(url) answered \(status): \(String(buffer: answer))")
        }
        return answer
    }

    private func exchange(
        _ request: HTTPClientRequest, _ timeout: Duration
    ) async throws -> (HTTPResponseStatus, ByteBuffer) {
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            return (response.status, try await response.body.collect(upTo: Self.largestAnswer))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ShopError(.brokerFailed, "the broker at \(url) cannot be reached", cause: error)
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(min(max(.zero, duration), .seconds(86_400)) / .milliseconds(1))
    }
}
