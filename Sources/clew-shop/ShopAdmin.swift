import AsyncHTTPClient
import ClewDemoShop
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The faults and the switches of a running shop, through the admin routes of its gateway.
struct ShopAdmin: Sendable {
    private struct FaultList: Codable {
        var faults: [String]
    }

    private struct SwitchList: Codable {
        var switches: [String]
        var without: [String]?
    }

    /// The gateway asks each instance in turn.
    private static let timeout = TimeAmount.seconds(30)

    let gateway: String

    func faults() async throws -> [String] {
        try await get("/admin/faults", as: FaultList.self).faults
    }

    /// Replaces the faults of all services.
    ///
    /// - Returns: Those in force now.
    @discardableResult
    func replace(with faults: [Fault]) async throws -> [String] {
        try await post("/admin/faults", FaultList(faults: faults.map(\.description))).faults
    }

    func switches() async throws -> [String] {
        try await get("/admin/switches", as: SwitchList.self).switches
    }

    /// Replaces the switches of all services.
    ///
    /// - Parameter without: The patterns that are left out from now on; `nil` for those that are left out already.
    /// - Returns: The switches that are on now.
    @discardableResult
    func replace(with switches: Set<ShopSwitch>, without: Set<ShopPattern>? = nil) async throws -> [String] {
        let list = SwitchList(
            switches: switches.map(\.rawValue).sorted(), without: without.map { $0.map(\.rawValue).sorted() })
        return try await post("/admin/switches", list).switches
    }

    private func get<Answer: Decodable>(_ path: String, as type: Answer.Type) async throws -> Answer {
        try await send(HTTPClientRequest(url: gateway + path))
    }

    private func post<Body: Codable>(_ path: String, _ body: Body) async throws -> Body {
        var request = HTTPClientRequest(url: gateway + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(body, allocator: ByteBufferAllocator()))
        return try await send(request)
    }

    private func send<Answer: Decodable>(_ request: HTTPClientRequest) async throws -> Answer {
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
            let body = try await response.body.collect(upTo: 1 << 16)
            guard response.status == .ok else {
                throw ShopError(.upstreamFailed, "\(gateway) answered \(response.status): \(String(buffer: body))")
            }
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch let error as ShopError {
            throw error
        } catch {
            throw ShopError(.upstreamFailed, "the gateway at \(gateway) does not answer", cause: error)
        }
    }
}
