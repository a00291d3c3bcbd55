import AsyncHTTPClient
import ClewHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Asks the registry; no telemetry sees it, but for registrations.
struct RegistryClient: Sendable {
    private static let timeout = TimeAmount.seconds(2)
    /// A thousand instances of some 100 bytes.
    private static let largestAnswer = 1 << 20

    let registry: ServerURL
    let client: TracedHTTPClient

    /// - Returns: The name of the lease.
    func register(_ instance: ServiceInstance) async throws -> String {
        var request = HTTPClientRequest(url: registry.url + "/instances")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(instance, allocator: ByteBufferAllocator()))
        let response = try await client.execute(request, timeout: Self.timeout)
        return try await read(RegistryCalls.Registration.self, from: response).lease
    }

    /// - Returns: Whether the registry knows the lease.
    func renew(_ lease: String) async throws -> Bool {
        let status = try await send(.PUT, "/leases/\(lease)").status
        guard status == .noContent || status == .notFound else {
            throw ShopError(.registryFailed, "the registry at \(registry) answered \(status)")
        }
        return status == .noContent
    }

    func release(_ lease: String) async throws {
        _ = try await send(.DELETE, "/leases/\(lease)")
    }

    func instances() async throws -> RegistryCalls.Instances {
        try await read(RegistryCalls.Instances.self, from: try await send(.GET, "/instances"))
    }

    private func send(_ method: HTTPMethod, _ path: String) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: registry.url + path)
        request.method = method
        return try await client.client.execute(request, timeout: Self.timeout)
    }

    private func read<Answer: Decodable>(
        _ type: Answer.Type, from response: HTTPClientResponse
    ) async throws -> Answer {
        let body = try await response.body.collect(upTo: Self.largestAnswer)
        guard (200..<300).contains(response.status.code) else {
            throw ShopError(.registryFailed, "the registry at \(registry) answered \(response.status)")
        }
        return try JSONDecoder().decode(type, from: body)
    }
}
