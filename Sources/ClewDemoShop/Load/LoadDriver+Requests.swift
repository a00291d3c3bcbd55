import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

extension LoadDriver {
    /// What a planned request is on the wire.
    ///
    /// Before an order was placed, a request that needs one asks for the products instead.
    func request(_ kind: PlannedRequest.Kind) throws -> HTTPClientRequest {
        switch kind {
        case .checkout(let order): try checkout(order)
        case .products: get("/products")
        case .order(let number): get(placed(number).map { "/orders/\($0)" } ?? "/products")
        case .details(let number): get(placed(number).map { "/orders/\($0)/details" } ?? "/products")
        case .giveBack(let number): takePlaced(number).map(giveBack) ?? get("/products")
        case .webHome(let customer): get("/web/home?customer=\(customer)")
        case .mobileHome: get("/mobile/home")
        case .history(let customer): get("/customers/\(customer)/orders")
        }
    }

    private func get(_ path: String) -> HTTPClientRequest {
        HTTPClientRequest(url: target + path)
    }

    private func giveBack(_ order: String) -> HTTPClientRequest {
        var request = get("/orders/\(order)/return")
        request.method = .POST
        return request
    }

    /// With a key of its own, which is not planned: a second load of the same seed buys again. The customer's side gives
    /// the business request its correlation id, as a web shop's front end does.
    private func checkout(_ order: OrdersService.NewOrder) throws -> HTTPClientRequest {
        var request = get("/checkout")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        let key = UUID().uuidString.lowercased()
        request.headers.add(name: "idempotency-key", value: key)
        request.headers.add(name: "x-correlation-id", value: "checkout-\(key)")
        request.body = .bytes(try JSONEncoder().encodeAsByteBuffer(order, allocator: ByteBufferAllocator()))
        return request
    }
}
