import AsyncHTTPClient
import ClewDemoShop
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The faults of a running shop, through the admin routes of its gateway.
struct FaultAdmin: Sendable {
    private struct FaultList: Codable {
        var faults: [String]
    }

    let gateway: String

    func current() async throws -> [String] {
        try await send(HTTPClientRequest(url: gateway + "/admin/faults"))
    }

    /// Replaces the faults of all services.
    ///
    /// - Returns: Those in force now.
    func replace(with faults: [Fault]) async throws -> [String] {
        var request = HTTPClientRequest(url: gateway + "/admin/faults")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        let list = FaultList(faults: faults.map(\.description))
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(list, allocator: ByteBufferAllocator()))
        return try await send(request)
    }

    private func send(_ request: HTTPClientRequest) async throws -> [String] {
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let body = try await response.body.collect(upTo: 1 << 16)
            guard response.status == .ok else {
                throw ShopError(.upstreamFailed, "\(gateway) answered \(response.status): \(String(buffer: body))")
            }
            return try JSONDecoder().decode(FaultList.self, from: body).faults
        } catch let error as ShopError {
            throw error
        } catch {
            throw ShopError(.upstreamFailed, "the gateway at \(gateway) does not answer", cause: error)
        }
    }
}
