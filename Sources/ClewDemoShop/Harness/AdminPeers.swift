import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The other instances of the shop, as an admin call is passed on to them.
///
/// With a registry the first one tells all; without one each tells its callees that the call has not passed yet.
struct AdminPeers: Sendable {
    /// The services that a call has passed, separated by commas.
    private static let passedHeader = "X-Shop-Passed"
    private static let timeout = TimeAmount.seconds(5)

    let name: ServiceName
    let callees: Callees
    let registry: RegistryClient?
    let broker: BrokerAddress
    let client: HTTPClient

    /// - Throws: 502 that names those that did not take it; the others have.
    func pass(_ body: some Encodable & Sendable, to path: String, after request: Request) async throws {
        let passed = HTTPField.Name(Self.passedHeader).flatMap { request.headers[$0] } ?? ""
        let list = passed.split(separator: ",").map(String.init)
        let data = try JSONEncoder().encodeAsByteBuffer(body, allocator: ByteBufferAllocator())
        if list.isEmpty {
            // It may be another kind of broker, or none: then it has no switches.
            _ = await send(data, to: broker.url + path, passed: [name.rawValue])
        }
        let failed = try await withThrowingTaskGroup(of: String?.self) { group in
            for peer in try await peers(list) {
                group.addTask {
                    await send(data, to: peer.url + path, passed: list + [name.rawValue]) ? nil : peer.id
                }
            }
            return try await group.reduce(into: [String]()) { if let id = $1 { $0.append(id) } }.sorted()
        }
        guard failed.isEmpty else {
            throw HTTPError(.badGateway, message: "these did not take it: \(failed.joined(separator: ", "))")
        }
    }

    private func peers(_ passed: [String]) async throws -> [ServiceInstance] {
        guard let registry else { return callees.instances.filter { !passed.contains($0.service.rawValue) } }
        guard passed.isEmpty else { return [] }
        return try await registry.instances().instances
    }

    /// - Returns: Whether the peer took it.
    private func send(_ body: ByteBuffer, to url: String, passed: [String]) async -> Bool {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: Self.passedHeader, value: passed.joined(separator: ","))
        request.body = .bytes(body)
        guard let response = try? await client.execute(request, timeout: Self.timeout) else { return false }
        _ = try? await response.body.collect(upTo: 1 << 16)
        return response.status == .ok
    }
}
