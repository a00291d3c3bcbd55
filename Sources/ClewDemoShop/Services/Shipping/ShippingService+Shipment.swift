import Hummingbird

extension ShippingService {
    struct NewShipment: Codable, Hashable, Sendable {
        var order: String
        var items: Int
    }

    struct Shipment: ResponseCodable, Hashable {
        var id: String
        var carrier: String
    }

    struct NewCancellation: Codable, Hashable, Sendable {
        var order: String
    }

    struct Cancellation: ResponseCodable, Hashable {
        var order: String
        /// Whether a carrier had been booked.
        var wasBooked: Bool
    }

    struct NewQuote: Codable, Hashable, Sendable {
        var order: String
        var lines: [OrdersService.Line]
    }

    struct Quote: ResponseCodable, Hashable {
        var carrier: String
    }
}
