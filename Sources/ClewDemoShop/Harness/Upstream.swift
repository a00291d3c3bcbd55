import Clew
import ClewPatterns
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Tracing

/// A service that this one calls, with JSON both ways, balanced over its instances and guarded by a ``CallPolicy``.
///
/// GETs, and POSTs with an idempotency key, are repeated: each time at another instance where there is one. What is
/// thrown is an `HTTPError` for the caller's caller:
///
/// - 4xx of the callee is passed on with its message;
/// - 5xx of it, or no connection, is a 502;
/// - no answer in time is a 504;
/// - what breaker, bulkhead or balancer refuse is a 503 with `Retry-After`.
struct Upstream: Sendable {
    /// Which instances are asked as long as there are such.
    enum Preference: Hashable, Sendable {
        case any
        case version(String)
        case notVersion(String)

        func accepts(_ version: String) -> Bool {
            switch self {
            case .any: true
            case .version(let wanted): version == wanted
            case .notVersion(let unwanted): version != unwanted
            }
        }
    }

    let callee: ServiceName
    /// What guards each call; for one that may not be repeated its retry is left out.
    var policy: CallPolicy
    var preference = Preference.any
    /// Whether refusals are thrown as ``RefusedCall``, with the callee's whole answer.
    var passesRefusals = false
    let target: Callee
    let exchange: UpstreamExchange
    let switches: Switches

    func get<Answer: Decodable>(
        _ path: String, priority: RequestPriority? = nil, as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        try await send(UpstreamRequest(method: .GET, path: path, priority: priority))
    }

    func post<Answer: Decodable>(
        _ path: String,
        _ body: some Encodable,
        idempotencyKey: String? = nil,
        as answer: Answer.Type = Answer.self
    ) async throws -> Answer {
        var request = UpstreamRequest(method: .POST, path: path, idempotencyKey: idempotencyKey)
        request.body = try JSONEncoder().encodeAsByteBuffer(body, allocator: ByteBufferAllocator())
        return try await send(request)
    }

    private func send<Answer: Decodable>(_ request: UpstreamRequest) async throws -> Answer {
        let body: ByteBuffer
        do {
            body = try await guarding(request).run(span: RequestSpan.current, isFailure: isFailure) { attempt in
                try await self.attempt(attempt, request)
            }
        } catch {
            throw shown(error)
        }
        do {
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch {
            throw HTTPError(.badGateway, message: "\(callee) answered what cannot be read: \(error)")
        }
    }

    /// What guards this call.
    func guarding(_ request: UpstreamRequest) -> CallPolicy {
        var policy = policy
        if !request.isIdempotent { policy.retry = nil }
        if switches.isOn(.noBreaker) { policy.breaker = nil }
        leaveOut(of: &policy)
        return policy
    }

    /// What a shop without a pattern does not have. A ``Retry`` is made for each call then: it keeps nothing.
    private func leaveOut(of policy: inout CallPolicy) {
        let without = switches.without
        guard !without.isEmpty else { return }
        if without.contains(.breaker) { policy.breaker = nil }
        if without.contains(.bulkhead) { policy.bulkhead = nil }
        if without.contains(.retryBudget) { policy.retry = policy.retry.map { Retry(name: $0.name, $0.settings) } }
    }

    private func attempt(_ number: Int, _ request: UpstreamRequest) async throws -> ByteBuffer {
        let excluded = request.tried.instances.union(target.addresses { !preference.accepts($0) })
        return try await target.balancer.run(excluding: excluded, isFailure: isFailure) { instance in
            request.tried.insert(instance)
            return try await exchange.answer(to: request, from: target, at: instance, attempt: number)
        }
    }

    /// Whether the callee itself does not work. What fails behind it was repeated there, and is not repeated here.
    private func isFailure(_ error: any Error) -> Bool {
        switch error {
        case is RefusedCall: false
        case let failure as CalleeFailure: failure.isItsOwn || switches.isOn(.nestedRetries)
        default: true
        }
    }

    private func shown(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError: error
        case let refused as RefusedCall: passesRefusals ? refused : refused.error as any Error
        case let failure as CalleeFailure:
            HTTPError(.badGateway, message: "\(callee) failed: \(failure.message)")
        case let refusal as PatternError: HTTPError(refusal, callee: callee)
        default: HTTPError(.badGateway, message: "\(callee) cannot be reached: \(error)")
        }
    }
}

extension HTTPError {
    /// What a caller's caller is told of a call that a pattern ended.
    fileprivate init(_ refusal: PatternError, callee: ServiceName) {
        switch refusal.code {
        case .timedOut, .deadlineExceeded:
            self.init(.gatewayTimeout, message: "\(callee) did not answer in time: \(refusal.message)")
        default:
            let seconds = Int(((refusal.retryAfter ?? .seconds(1)) / .seconds(1)).rounded(.up))
            self.init(
                .serviceUnavailable, headers: [.retryAfter: "\(max(1, seconds))"],
                message: "\(callee) is not asked now: \(refusal.message)")
        }
    }
}
