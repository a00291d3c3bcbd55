import Hummingbird

extension PaymentsService {
    struct NewCharge: Codable, Hashable, Sendable {
        var order: String
        var customer: String
        var amountCents: Int
        /// Of version 2 of the form; euros where it is not said.
        var currency: String?
    }

    struct Charge: ResponseCodable, Hashable {
        var id: String
    }

    struct NewRefund: Codable, Hashable, Sendable {
        var order: String
    }

    struct Refund: ResponseCodable, Hashable {
        var order: String
        /// 0 where nothing was charged, or all was paid back before.
        var amountCents: Int
    }
}
