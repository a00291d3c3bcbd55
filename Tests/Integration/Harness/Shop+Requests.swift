import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

extension Shop {
    struct Order: Decodable, Sendable {
        var id: String
        var state: String
        var reason: String?
    }

    private struct Refusal: Decodable {
        var order: Order
    }

    /// - Parameter base: The gateway unless given.
    func post(
        _ path: String, _ body: String, key: String? = nil, at base: String? = nil
    ) async throws -> Collector.Answer {
        var request = HTTPClientRequest(url: (base ?? gateway) + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let key { request.headers.add(name: "idempotency-key", value: key) }
        request.body = .bytes(ByteBuffer(string: body))
        return try await Collector.send(request)
    }

    func get<Body: Decodable>(_ path: String, at base: String? = nil, as type: Body.Type) async throws -> Body {
        let answer = try await Collector.send(HTTPClientRequest(url: (base ?? gateway) + path))
        guard answer.status == 200 else { throw TestFailure("GET \(path): \(answer.status) \(answer.text)") }
        return try JSONDecoder().decode(type, from: Data(answer.body))
    }

    func checkOut(
        _ customer: String, _ product: String, _ quantity: Int = 1, key: String? = nil
    ) async throws -> Collector.Answer {
        try await post("/checkout", Self.basket(customer, product, "\(quantity)"), key: key)
    }

    /// Places an order that is confirmed.
    func order(_ customer: String, _ product: String, _ quantity: Int = 1) async throws -> Order {
        let answer = try await checkOut(customer, product, quantity)
        guard answer.status == 201 else { throw TestFailure("POST /checkout: \(answer.status) \(answer.text)") }
        return try Self.order(answer)
    }

    /// - Parameter quantity: As it stands in the JSON.
    static func basket(_ customer: String, _ product: String, _ quantity: String) -> String {
        #"{"customer":"\#(customer)","lines":[{"product":"\#(product)","quantity":\#(quantity)}]}"#
    }

    /// The order that a checkout's answer is about, be it confirmed or refused.
    static func order(_ answer: Collector.Answer) throws -> Order {
        let body = Data(answer.body)
        if let order = try? JSONDecoder().decode(Order.self, from: body) { return order }
        return try JSONDecoder().decode(Refusal.self, from: body).order
    }

    /// The orders of a customer as the read model has them.
    func history(of customer: String) async throws -> [Order] {
        try await get("/customers/\(customer)/orders", as: [Order].self)
    }

    /// Replaces the faults of all services, once all are there to be told.
    func put(faults: [String]) async throws {
        let body = String(decoding: try JSONEncoder().encode(["faults": faults]), as: UTF8.self)
        _ = try await eventually("all services take the faults", within: 90) {
            try await post("/admin/faults", body).status == 200 ? true : nil
        }
    }
}
