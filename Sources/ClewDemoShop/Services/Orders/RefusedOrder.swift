import HTTPTypes
import Hummingbird

/// The answer to an order that was made and not confirmed: the reason, in the form of every other error, and the order.
struct RefusedOrder: Error, HTTPResponseError, CustomStringConvertible {
    private struct Body: ResponseEncodable {
        struct Message: Encodable {
            var message: String
        }

        var error: Message
        var order: OrdersService.Order
    }

    var status: HTTPResponse.Status
    var order: OrdersService.Order

    /// - Parameter refusal: What a service said; without one a service behind this one failed.
    init(_ order: OrdersService.Order, _ refusal: OrderRefusal?) {
        self.order = order
        status =
            switch (refusal?.status, order.state) {
            case (402?, _): HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
            case (409?, _): .conflict
            case (_?, _): .badRequest
            case (nil, .failed): .internalServerError
            case (nil, _): .badGateway
            }
    }

    var headers: HTTPFields { [:] }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let body = Body(error: .init(message: order.reason ?? "\(order.state)"), order: order)
        var response = try context.responseEncoder.encode(body, from: request, context: context)
        response.status = status
        return response
    }

    var description: String { "order '\(order.id)' is \(order.state): \(order.reason ?? "")" }
}
