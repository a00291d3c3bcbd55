import Foundation
import NIOCore
import NIOFoundationCompat

/// What a load learns from the answer to a checkout.
enum CheckoutAnswer: Hashable, Sendable {
    case placed(String)
    case refused(String)
    /// Still pending, or nothing that names an order.
    case other

    /// The form of a refusal: the reason, and the order where one was made.
    private struct Refusal: Decodable {
        var order: Identified?
    }

    private struct Identified: Decodable {
        var id: String
    }

    init(status: Int, body: ByteBuffer) {
        let decoder = JSONDecoder()
        switch status {
        case 201:
            self = (try? decoder.decode(Identified.self, from: body)).map { Self.placed($0.id) } ?? .other
        case 402, 409:
            self = (try? decoder.decode(Refusal.self, from: body))?.order.map { Self.refused($0.id) } ?? .other
        default:
            self = .other
        }
    }
}
