import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The routes that no telemetry sees: `GET /healthz`, and `GET` and `POST /admin/faults`.
///
/// A posted set of faults replaces the one in force, here and at every service below: one call at the gateway reaches all.
struct AdminRoutes: Sendable {
    /// The body of both directions: faults as ``Fault/init(parsing:)`` reads them.
    struct FaultList: ResponseCodable {
        var faults: [String]
    }

    let faults: FaultBoard
    /// The callees themselves, not the relays before them.
    let upstreams: [ServiceName: String]
    let client: HTTPClient

    func add(to router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in "ok\n" }
        router.get("/admin/faults") { _, _ in current }
        router.post("/admin/faults") { request, context in
            let list = try await request.decode(as: FaultList.self, context: context)
            do throws(ShopError) {
                faults.replace(with: try Fault.list(parsing: list.faults))
            } catch {
                throw HTTPError(.badRequest, message: error.message)
            }
            for (callee, url) in upstreams { try await forward(list, to: callee, at: url) }
            context.logger.info("faults replaced", metadata: ["faults": "\(list.faults)"])
            return current
        }
    }

    private var current: FaultList { FaultList(faults: faults.faults.map(\.description)) }

    private func forward(_ list: FaultList, to callee: ServiceName, at url: String) async throws {
        var request = HTTPClientRequest(url: url + "/admin/faults")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(list, allocator: ByteBufferAllocator()))
        let response = try await client.execute(request, timeout: .seconds(5))
        _ = try await response.body.collect(upTo: 1 << 16)
        guard response.status == .ok else {
            throw HTTPError(.badGateway, message: "\(callee) did not take the faults: \(response.status)")
        }
    }
}
