import ClewDurablePatterns
import HTTPTypes
import Hummingbird

extension Checkout {
    /// A checkout that could neither be finished nor taken back.
    struct Parked: ResponseCodable {
        var saga: String
        var step: String
        var reason: String
    }

    /// `GET /admin/parked` and `POST /admin/parked/{order}`.
    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("/admin/parked") { _, _ in
            try await orchestrator.parked().map { Parked(saga: $0.id, step: $0.step, reason: $0.reason) }
        }
        router.post("/admin/parked/{order}") { _, context in
            let order = try context.parameters.require("order")
            guard try await orchestrator.parked().contains(where: { $0.id == Self.id(of: order) }) else {
                throw HTTPError(.notFound, message: "no parked checkout is of an order '\(order)'")
            }
            try await orchestrator.unpark(Self.id(of: order))
            return HTTPResponse.Status.accepted
        }
    }
}
